"""Permission: whether the plan's limits and the configuration's checks let it be applied."""

from __future__ import annotations

from collections.abc import Collection

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.escaping import word_or
from proxbox_plan.model.plan import CheckHit, Plan


def check_permission(plan: Plan, labels: Collection[str] = ()) -> None:
    """Raise RefusedError when a limit or a check forbids the plan, or a check requires a label that is not given."""
    if plan.limits:
        reasons = "; ".join(hit.message for hit in plan.limits)
        raise RefusedError(
            f"The plan exceeds a change limit: {reasons}",
            hint="Review the plan. If it is right, plan again with --force-limit.",
        )
    denied = [hit for hit in plan.checks if hit.effect == "deny"]
    if denied:
        raise RefusedError(
            f"The plan is denied by {_words(denied[0])}",
            hint="Exclude these changes with --exclude, or change the check in the configuration.",
        )
    if not plan.applicable:
        raise RefusedError("The plan is marked as not applicable", hint="Plan again.")
    lacking = [hit for hit in plan.checks if hit.effect == "require" and hit.label not in labels]
    if lacking:
        label = word_or(lacking[0].label or "", "LABEL")
        raise RefusedError(
            f'The plan requires the label "{lacking[0].label}" because of {_words(lacking[0])}',
            hint=f"Review the changes, then pass `--label {label}`, or set it on the pull request.",
        )


def _words(hit: CheckHit) -> str:
    why = f" ({hit.message})" if hit.message else ""
    more = f" and {len(hit.addresses) - 1} more" if hit.addresses[1:] else ""
    return f"the check {hit.name!r}{why}: {hit.addresses[0]}{more}"
