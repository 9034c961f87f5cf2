"""SDN: what was configured and never applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.lint.estate import Estate
from proxbox_plan.lint.rule import Doubt, Fault, Rule, lacks
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import NOT_READ

_WORDS: Final = {"new": "It is new", "changed": "It is changed", "deleted": "It is deleted"}


def pending(estate: Estate, _: RuleSettings) -> Iterator[Fault | Doubt]:
    """Find controllers, zones and vnets with a change that is not applied."""
    for cluster in estate.clusters:
        sdn = cluster.sdn
        if sdn is None or not sdn.coverage.complete:
            yield lacks("SDN", sdn.coverage if sdn is not None else NOT_READ, cluster.name)
        if sdn is None:
            continue
        for kind, items in (("controller", sdn.controllers), ("zone", sdn.zones), ("vnet", sdn.vnets)):
            for item in items:
                if item.state:
                    words = _WORDS.get(item.state, f"It is {item.state}")
                    yield Fault(f"{words}, and that is not applied", (Subject.of(f"sdn-{kind}", cluster, item.name),))


RULES = (
    Rule(
        "pending-sdn",
        Severity.WARNING,
        "SDN (`scope.sdn`)",
        "The nodes run with another network than the configuration says. Who applies SDN next, for any reason, applies "
        "this as well.",
        "Apply it (Datacenter > SDN > Apply), or undo it.",
        pending,
    ),
)
