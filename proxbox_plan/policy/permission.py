"""Permission: whether the plan's limits and the configuration's checks let it be applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.escaping import word_or
from proxbox_plan.model.plan import CheckHit, LimitHit, Plan
from proxbox_plan.model.policy import CheckSeverity, Limits, Policy
from proxbox_plan.policy.checks import run_checks


def check_permission(plan: Plan, labels: Collection[str] = ()) -> None:
    """Raise RefusedError when a limit or a check forbids the plan, or a check requires a label that is not given."""
    check_limits_kept(plan.limits)
    denied = [hit for hit in plan.checks if hit.severity is CheckSeverity.DENY]
    if denied:
        raise RefusedError(
            f"The plan is denied by {_words(denied[0])}",
            hint="Exclude these changes with --exclude, or change the check in the configuration.",
        )
    if not plan.applicable:
        raise RefusedError("The plan is marked as not applicable", hint="Plan again.")
    lacking = [hit for hit in plan.checks if hit.severity is CheckSeverity.REQUIRE and hit.label not in labels]
    if lacking:
        label = word_or(lacking[0].label or "", "LABEL")
        raise RefusedError(
            f'The plan requires the label "{lacking[0].label}" because of {_words(lacking[0])}',
            hint=f"Review the changes, then pass `--label {label}`, or set it on the pull request.",
        )


def check_limits_kept(hits: Iterable[LimitHit]) -> None:
    """Raise RefusedError for limits that a plan exceeds, unless they were forced."""
    reasons = "; ".join(hit.message for hit in hits if not hit.forced)
    if reasons:
        raise RefusedError(
            f"The plan exceeds a change limit: {reasons}",
            hint="Review the plan. If it is right, plan again with --force-limit, and apply it with --force-limit.",
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """What whoever applies a plan says with the apply itself: a plan is a file, and cannot permit itself anything."""

    labels: Collection[str] = ()  # given for the checks that require one
    ignore_limits: bool = False  # the limits that the plan shows as forced may be exceeded

    def check_excess(self, hits: Iterable[LimitHit], limits: Limits | None) -> None:
        """Raise RefusedError for limits that a plan exceeds with its own word only, `forced`."""
        label = limits.label if limits is not None else None
        found = list(hits)
        if not found or self.ignore_limits or (label is not None and label in self.labels):
            return
        reasons = "; ".join(hit.message for hit in found)
        other = f" or `--label {word_or(label, 'LABEL')}`" if label else ""
        raise RefusedError(
            f"The plan exceeds a change limit, and this apply was not told to ignore it: {reasons}",
            hint=f"Review the plan. If it is right, apply it with --force-limit{other}.",
        )


def check_again(plan: Plan, policy: Policy, labels: Collection[str]) -> None:
    """Raise RefusedError for what the checks of the configuration say, computed anew and not read from the plan."""
    check_permission(plan.model_copy(update={"checks": run_checks(plan.changes, policy.checks)}), labels)


def _words(hit: CheckHit) -> str:
    why = f" ({hit.message})" if hit.message else ""
    more = f" and {len(hit.addresses) - 1} more" if hit.addresses[1:] else ""
    return f"the check {hit.name!r}{why}: {hit.addresses[0]}{more}"
