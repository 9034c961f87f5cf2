"""Rule: what it is called, what it finds, why that matters and what to do; and the two things it may say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.lint.estate import LintEstate
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.model.lint.settings import LintRules, RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Coverage, Incomplete


@dataclass(frozen=True, slots=True)
class Defect:
    """Something is wrong with an object, or with several together.

    It stands while at least `least` of them are no exception.
    """

    message: str
    about: tuple[Subject, ...]
    part: str = ""
    least: int = 1


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something cannot be judged, because a part is not known."""

    part: str
    reason: Incomplete | Lacking
    cluster: str | None = None
    about: Address | None = None
    detail: str = ""
    hint: str = ""


Finds = Callable[[LintEstate, RuleSettings], Iterator[Defect | Doubt]]


@dataclass(frozen=True, slots=True)
class RegisteredRule:
    """A rule; `needs` says in words what of an estate it reads."""

    name: str
    severity: Severity
    needs: str
    why: str
    remedy: str
    find: Finds

    @property
    def title(self) -> str:
        """What it finds, in a few words."""
        return LintRules.title(self.name)


_SCOPE: Final = {
    "backup jobs": "backup_jobs",
    "storages": "storages",
    "replication jobs": "replications",
    "snapshots": "snapshots",
    "addresses inside": "addresses",
    "network of the node": "node_interfaces",
    "SDN": "sdn",
}
"""Which area of the configuration a part is read with."""


def lacks(part: str, coverage: Coverage, cluster: str, about: Address | None = None) -> Doubt:
    """Return the doubt about a part that is not complete."""
    reason = coverage.reason or Incomplete.NOT_READ
    hint = ""
    if reason is Incomplete.NOT_READ and part in _SCOPE:
        hint = f"Set `scope: {{{_SCOPE[part]}: true}}` in the configuration, and collect again."
    return Doubt(part, reason, cluster, about, coverage.detail, hint)
