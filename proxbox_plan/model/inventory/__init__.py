"""What NetBox says: only the kinds and fields we manage, in the form we would write."""

from __future__ import annotations

from proxbox_plan.model.inventory.inventory import (
    APPLIED_FIELD,
    KEY_FIELD,
    WHOLE,
    AsOf,
    Inventory,
    Lookup,
    Row,
)

__all__ = [
    "APPLIED_FIELD",
    "KEY_FIELD",
    "WHOLE",
    "AsOf",
    "Inventory",
    "Lookup",
    "Row",
]
