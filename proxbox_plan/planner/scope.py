"""Which guests are ours to sync, and which rule gives them a value."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache

from proxbox_plan.model.policy import ClusterPolicy, Condition, Scope, Targets
from proxbox_plan.model.state import Guest

_LONGEST = 256  # characters that are matched: a name is anybody's, and a pattern may take long over a long one


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return re.compile(text[1:-1])
    return re.compile(fnmatch.translate(text), re.IGNORECASE)


def _matches(pattern: str | None, values: tuple[str, ...]) -> bool:
    if pattern is None:
        return True
    expression = _pattern(pattern)
    search = expression.search if pattern.startswith("/") else expression.match
    return any(search(value[:_LONGEST]) for value in values)


def meets(condition: Condition, guest: Guest) -> bool:
    """Whether the guest meets every part of the condition that is given."""
    return (
        (condition.type is None or condition.type == guest.type)
        and _matches(condition.name, (guest.name or "",))
        and _matches(condition.tag, guest.tags)
        and _matches(condition.pool, (guest.pool or "",))
        and _matches(condition.node, (guest.node,))
        and _matches(condition.ha, (guest.hastate or "",))
    )


def in_scope(scope: Scope, guest: Guest) -> bool:
    """Whether the guest is ours to sync. A template is not a virtual machine unless the configuration says so."""
    if guest.template and scope.templates == "skip":
        return False
    if scope.vmids and guest.vmid not in scope.vmids:
        return False
    if any(meets(condition, guest) for condition in scope.exclude):
        return False
    return not scope.include or any(meets(condition, guest) for condition in scope.include)


def targets(policy: ClusterPolicy, guest: Guest) -> Targets:
    """Return where the guest is filed: the first rule that gives a value, else the cluster's own."""
    chosen: dict[str, str] = {}
    for rule in policy.rules:
        if meets(rule.when, guest):
            for name, value in rule.set.model_dump(exclude_none=True).items():
                chosen.setdefault(name, value)
    for name, value in policy.guests.model_dump(exclude_none=True).items():
        chosen.setdefault(name, value)
    return Targets(**chosen)
