"""Permitted: the classes of a plan are those that the configuration gives its changes: a plan is a file."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import Policy, ReviewClass
from proxbox_plan.policy.review.classes import classes_of


def check_reviewed(plan: Plan, kinds: Mapping[str, Kind], policy: Policy | None) -> None:
    """Raise RefusedError for a change that is held, or whose class is stricter than the plan says.

    The classes are computed again from the configuration, of what is applied together with what is held.
    """
    for change in plan.changes:
        if change.review is ReviewClass.HOLD or (plan.part is not None and change.review is not plan.part):
            what = f"a plan of the class {plan.part}" if plan.part is not None else "the changes to apply"
            raise _refused(f"{change.address} is of the class {change.review}, in {what}")
    there = {change.address for change in plan.changes}
    for item in plan.held:
        if item.address in there:  # one of them would be judged in the place of the other
            raise _refused(f"{item.address} is held, and among the changes to apply")
    if policy is None:
        return
    judgments = classes_of((*plan.changes, *(item.change for item in plan.held)), policy, kinds, plan.guests)
    for change in plan.changes:
        found = judgments[change.address]
        if found.hold is not None:
            raise _refused(f"{change.address} is held ({found.hold.message})")
        if found.review.strictness > change.review.strictness:
            raise _refused(f"{change.address} is of the class {found.review}, and the plan says {change.review}")


def _refused(what: str) -> RefusedError:
    return RefusedError(
        f"The plan cannot be applied: {what}",
        hint="No plan of proxbox-plan has such a change with this configuration, so it was edited. Plan again.",
    )
