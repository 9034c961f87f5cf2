"""Split: cuts a plan in two, by who lets its changes be applied. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.config import Settings
from proxbox_plan.model.plan import Plan
from proxbox_plan.plan.review.split import PARTS, part_of


def split(settings: Settings, plan: Plan) -> Mapping[str, Plan]:
    """Return a plan of each class, `auto` and `review`: together they are the plan, and neither needs the other."""
    return {review.value: part_of(plan, review, settings.policy) for review in PARTS}
