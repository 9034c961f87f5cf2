"""Classes: the class of each change of a plan, such that what belongs together is never torn apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proxbox_plan.core.address import Address
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change
from proxbox_plan.model.policy import Policy
from proxbox_plan.policy.review.holding import with_held
from proxbox_plan.policy.review.judge import Guests, Judge
from proxbox_plan.policy.review.judgment import REVIEWED, Judgment, strictest
from proxbox_plan.policy.review.together import together


def classes_of(
    changes: Sequence[Change], policy: Policy, kinds: Mapping[str, Kind], guests: Guests
) -> Mapping[Address, Judgment]:
    """Return the class of each change, whatever order they are in.

    What is held takes along what needs it (`holding`). Of the others, those that have to do with each other have the
    strictest class of them (`together`): so neither part of the plan needs anything of the other one.
    """
    judge = Judge.of(policy, guests, kinds)
    if judge.is_undemanding:
        return dict.fromkeys((change.address for change in changes), REVIEWED)
    judgments = with_held(changes, kinds, {change.address: judge.judgment(change) for change in changes})
    left = [change for change in changes if judgments[change.address].hold is None]
    for group in together(left, kinds):
        found = strictest(judgments[change.address] for change in group)
        judgments.update(dict.fromkeys((change.address for change in group), found))
    return judgments
