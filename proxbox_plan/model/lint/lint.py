"""The lint document: what was found in an estate, and what could not be judged."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.core.moment import Moment
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Incomplete


class Lacking(StrEnum):
    """What is missing besides what Proxmox did not answer. Closed list; documented in docs/lint.md."""

    INVENTORY = "no-inventory"
    NOT_ASKED = "not-asked"
    TIME = "no-time"
    REDACTED = "redacted"
    RULES = "rule-failed"


class LintRule(Frozen):
    """A rule that was tried."""

    name: str = Field(description="Stable: in the configuration, in reports, and a section of docs/lint.md.")
    title: str
    severity: Severity
    why: str = Field(description="Why it matters.")
    remedy: str = Field(description="What to do.")


class LintFinding(Frozen):
    """One thing that is wrong, with one object."""

    rule: str = Field(description="Name of the rule that found it.")
    severity: Severity
    address: Address = Field(description="KIND:KEY; a guest and a node have the address that they have in plans.")
    kind: str = Field(description="qemu, lxc, node, cluster, backup-job, sdn-zone, ...")
    name: str = Field(description="For people.")
    vmid: int | None = Field(default=None, description="Of a guest.")
    cluster: str = Field(description="Configuration name of its cluster.")
    node: str | None = Field(default=None, description="Node it is on, if it is on one.")
    part: str = Field(default="", description="Tells apart several findings of one rule about one object.")
    message: str = Field(description="What is wrong.")
    related: tuple[Address, ...] = Field(default=(), description="Other objects it is about.")


class Unjudged(Frozen):
    """What could not be judged, once for each cause. What is not known is no finding."""

    cluster: str | None = Field(default=None, description="Null when it is about all of them.")
    part: str = Field(description="What is missing, in words: backup jobs, configuration, ...")
    reason: Incomplete | Lacking
    rules: tuple[str, ...] = Field(description="Names of the rules that need it.")
    objects: int = Field(default=0, description="How many objects lack it; 0 when it is a list of the cluster.")
    detail: str = Field(default="", description="The first of them: the path and what Proxmox answered.")
    hint: str = Field(default="", description="What to do about it.")


class Lint(Document):
    """What is wrong in an estate. A report: nothing is computed from it, and nothing can be applied."""

    KIND: ClassVar[str] = "lint"
    state: str = Field(description="Digest of the state.")
    collected: dict[str, Moment] = Field(
        default_factory=dict, description="Cluster -> when it was read; what is old is counted from then."
    )
    netbox_url: str | None = Field(default=None, description="NetBox whose prefixes were compared; null: none.")
    clusters: tuple[str, ...]
    guests: int = Field(description="How many guests the state has.")
    fail_on: Severity = Field(description="Least severity that counts.")
    rules: tuple[LintRule, ...] = Field(description="Rules that were tried.")
    findings: tuple[LintFinding, ...] = Field(default=(), description="The gravest first.")
    unjudged: tuple[Unjudged, ...] = ()

    def is_consistent(self) -> bool:
        """Whether every finding is of a rule that was tried."""
        return {finding.rule for finding in self.findings} <= {rule.name for rule in self.rules}

    @property
    def counted(self) -> tuple[LintFinding, ...]:
        """The findings that are grave enough to count."""
        return tuple(finding for finding in self.findings if finding.severity.counts(self.fail_on))
