"""The plan document: changes, what they depend on, what is deferred and why."""

from __future__ import annotations

from proxbox_plan.model.plan.plan import (
    LINKS,
    REPLACED,
    Action,
    Binding,
    Cause,
    Change,
    CheckHit,
    FieldChange,
    Kept,
    LeftOut,
    LimitHit,
    Part,
    Plan,
    Reason,
    Withheld,
)

__all__ = [
    "LINKS",
    "REPLACED",
    "Action",
    "Binding",
    "Cause",
    "Change",
    "CheckHit",
    "FieldChange",
    "Kept",
    "LeftOut",
    "LimitHit",
    "Part",
    "Plan",
    "Reason",
    "Withheld",
]
