"""SDN: what was configured and never applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.lint.estate import LintEstate
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule, lacks
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.kinds import LintKind
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import NOT_READ

_WORDS: Final = {"new": "It is new", "changed": "It is changed", "deleted": "It is deleted"}


def pending(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find controllers, zones and vnets with a change that is not applied."""
    for cluster in estate.clusters:
        coverage = cluster.sdn.pending_coverage if cluster.sdn is not None else NOT_READ
        if not coverage.complete:
            yield lacks("SDN", coverage, cluster.name)
        for item in cluster.sdn.pending if cluster.sdn is not None else ():
            words = _WORDS.get(item.state, f"It is {item.state}")
            subject = Subject.of(LintKind(f"sdn-{item.kind}"), cluster, item.name)
            yield Defect(f"{words}, and that is not applied", (subject,))


RULES = (
    RegisteredRule(
        "pending-sdn",
        Severity.WARNING,
        "SDN (`scope.sdn`)",
        "The nodes run with another network than the configuration says. Who applies SDN next, for any reason, applies "
        "this as well.",
        "Apply it (Datacenter > SDN > Apply), or undo it.",
        pending,
    ),
)
