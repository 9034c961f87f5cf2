"""The planner: State x Inventory x Policy -> Plan. Pure."""

from __future__ import annotations

from proxbox_plan.planner.lookups import missing_lookups
from proxbox_plan.planner.mapping import KINDS
from proxbox_plan.planner.planning import make_plan
from proxbox_plan.planner.readable import kinds_of, kinds_of_outcome
from proxbox_plan.planner.selection import EVERYTHING, Selection
from proxbox_plan.planner.undo import make_undo, undo_lookups

__all__ = [
    "EVERYTHING", "KINDS", "Selection", "kinds_of", "kinds_of_outcome", "make_plan", "make_undo", "missing_lookups",
    "undo_lookups",
]  # fmt: skip
