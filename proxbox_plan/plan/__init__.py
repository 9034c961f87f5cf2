"""The planner: makes a plan from state, inventory and policy. Pure: the same input always gives the same bytes."""

from __future__ import annotations

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.readable import kinds_of, kinds_of_outcome
from proxbox_plan.plan.desired.desire import desire
from proxbox_plan.plan.lookups import lookups_of, support_lookups
from proxbox_plan.plan.match.match import match
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.planning import make_plan, plan_of
from proxbox_plan.plan.targeting import Selection
from proxbox_plan.plan.undo.undo import make_undo, undo_lookups
from proxbox_plan.plan.validate.validate import validate

__all__ = [
    "KINDS",
    "Matched",
    "Selection",
    "desire",
    "kinds_of",
    "kinds_of_outcome",
    "lookups_of",
    "make_plan",
    "make_undo",
    "match",
    "plan_of",
    "support_lookups",
    "undo_lookups",
    "validate",
]
