"""Permission: whether the plan's limits and the configuration's checks let it be applied."""

from __future__ import annotations

from collections.abc import Collection

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.plan import CheckHit, Plan


def check_permission(plan: Plan, labels: Collection[str] = ()) -> None:
    """Raise RefusedError when a limit or a check forbids the plan, or a check wants a label that is not given."""
    if plan.limits:
        reasons = "; ".join(hit.message for hit in plan.limits)
        raise RefusedError(
            f"the plan is over a limit: {reasons}",
            hint="Review it, then plan again with --force-limit if this is what you want.",
        )
    denied = [hit for hit in plan.checks if hit.effect == "deny"]
    if denied:
        raise RefusedError(
            f"the plan is denied by {_words(denied[0])}",
            hint="Change what it would do, or the check in the configuration.",
        )
    if not plan.applicable:
        raise RefusedError("the plan says of itself that it may not be applied", hint="Plan again.")
    lacking = [hit for hit in plan.checks if hit.effect == "require" and hit.label not in labels]
    if lacking:
        raise RefusedError(
            f"the plan needs somebody's word: {_words(lacking[0])}",
            hint=f"Review it, then apply with --label {lacking[0].label}",
        )


def _words(hit: CheckHit) -> str:
    why = f" ({hit.message})" if hit.message else ""
    more = f" and {len(hit.addresses) - 1} more" if hit.addresses[1:] else ""
    return f"the check {hit.name!r}{why}: {hit.addresses[0]}{more}"
