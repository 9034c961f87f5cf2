"""Ownership fields: the two custom fields that make an object ours, and whether those of a NetBox are them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.inventory.inventory import Inventory
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD

FIELDS: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType(
    {
        KEY_FIELD: {
            "label": "Proxbox key",
            "type": "text",
            "unique": True,
            "filter_logic": "exact",
            "ui_visible": "if-set",
            "ui_editable": "no",
            "search_weight": 1000,
            "description": "Which Proxmox object this is; set by proxbox-plan",
        },
        APPLIED_FIELD: {
            "label": "Proxbox applied",
            "type": "json",
            "unique": False,
            "filter_logic": "disabled",
            "ui_visible": "hidden",
            "ui_editable": "hidden",
            "search_weight": 0,
            "description": "What proxbox-plan last applied; do not edit",
        },
    }
)
"""The attributes of the two fields, except their object types."""

CUSTOM_FIELD: Final = "custom-field"
_DECISIVE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {KEY_FIELD: ("type", "unique", "filter_logic"), APPLIED_FIELD: ("type",)}
)
"""Attributes that decide whether a key finds exactly its object, and whether a value survives; others are cosmetic."""
HINT: Final = "Correct the field in NetBox, or rename it when another tool uses it."


def difference(name: str, fields: Mapping[str, object]) -> str:
    """Return why a field of NetBox with the name of one of ours is not that; empty when it is."""
    wanted = {key: FIELDS[name][key] for key in _DECISIVE[name]}
    wrong = [f"{key} is {fields.get(key)}, not {value}" for key, value in wanted.items() if fields.get(key) != value]
    return f"{name} is not the field of proxbox-plan: {'; '.join(wrong)}" if wrong else ""


def check_fields(inventory: Inventory) -> None:
    """Raise RefusedError when another tool has a custom field with the name of one of ours: it is never touched.

    NetBox ignores a filter that does not fit the type of the field, and a key that is not unique is no key.
    """
    for row in inventory.kinds.get(CUSTOM_FIELD, ()):
        name = str(row.fields.get("name"))
        if name in FIELDS and (wrong := difference(name, row.fields)):
            raise RefusedError(wrong, hint=HINT)
