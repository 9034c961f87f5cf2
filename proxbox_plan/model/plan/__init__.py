"""The plan document: changes, what they depend on, what is deferred and why."""

from __future__ import annotations

from proxbox_plan.model.plan.binding import Binding, Units
from proxbox_plan.model.plan.change import (
    Action,
    Adopt,
    Cause,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Reason,
    Update,
    key_of,
)
from proxbox_plan.model.plan.held import GuestLabels, Held, HoldReason
from proxbox_plan.model.plan.plan import (
    CheckHit,
    Deferred,
    LeftAlone,
    LimitHit,
    NamedMachine,
    Plan,
    Preserved,
    Targeting,
    Unsupported,
)

__all__ = [
    "Action",
    "Adopt",
    "Binding",
    "Cause",
    "Change",
    "CheckHit",
    "Create",
    "Deferred",
    "Delete",
    "FieldChange",
    "Forget",
    "GuestLabels",
    "Held",
    "HoldReason",
    "LeftAlone",
    "LimitHit",
    "Move",
    "NamedMachine",
    "Plan",
    "Preserved",
    "Reason",
    "Targeting",
    "Units",
    "Unsupported",
    "Update",
    "key_of",
]
