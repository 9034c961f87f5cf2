"""Run: which changes of a plan match which checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from proxbox_plan.model.plan import Change, CheckHit, FieldChange
from proxbox_plan.model.policy import Check
from proxbox_plan.policy.checks.expression import Compiled, compiled
from proxbox_plan.rules.sandbox import LARGEST, words_of

View = Mapping[str, Any]
"""A change as expressions see it."""


def run_checks(changes: Iterable[Change], checks: Iterable[Check]) -> tuple[CheckHit, ...]:
    """Return the checks that any change matches, with the addresses of those changes.

    A check that fails to compute counts as matched: what cannot be judged is not permitted.
    """
    compiled_checks = [(check, compiled(check.when)) for check in checks]
    if not compiled_checks:
        return ()
    views = [(change.address, view_of(change)) for change in changes]
    hits = (
        (check, [address for address, view in views if _matches(function, view)]) for check, function in compiled_checks
    )
    return tuple(
        CheckHit(
            name=check.name,
            severity=check.severity,
            label=check.label,
            message=check.message,
            addresses=tuple(found),
        )
        for check, found in hits
        if found
    )


def _matches(function: Compiled, view: View) -> bool:
    met, failure = evaluated(function, view)
    return met or bool(failure)


def evaluated(function: Compiled, view: View) -> tuple[bool, str]:
    """Return whether a change matches an expression, and why that cannot be computed; empty when it can."""
    try:
        return bool(function(change=view)), ""
    except Exception as error:  # noqa: BLE001 # whatever the expression does wrong
        return False, words_of(error)


def view_of(change: Change) -> View:
    """Return a change as expressions see it."""
    return {
        "address": change.address,
        "kind": change.kind,
        "action": change.action.value,
        "reason": change.reason.value,
        "name": change.name,
        "cluster": change.cluster,
        "fields": {item.field: _sides(item) for item in change.fields},
    }


def _sides(item: FieldChange) -> dict[str, Any]:
    """Return what a field has; an empty side is omitted, so that it compares to nothing."""
    sides = {"before": plain(item.before), "after": plain(item.after), "cause": item.cause.value}
    return {name: value for name, value in sides.items() if value is not None}


def plain(value: Any) -> Any:
    """Return a value as expressions see it: references by name, long texts cut."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return value["name"] if "kind" in value and "name" in value else value
    return value[:LARGEST] if isinstance(value, str) else value
