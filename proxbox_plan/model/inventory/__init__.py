"""The inventory: what NetBox has, reduced to the kinds and fields that proxbox manages."""

from __future__ import annotations

from proxbox_plan.model.inventory.inventory import (
    NULL,
    WHOLE,
    AsOf,
    Inventory,
    Lookup,
    Row,
)

__all__ = [
    "NULL",
    "WHOLE",
    "AsOf",
    "Inventory",
    "Lookup",
    "Row",
]
