"""Owned: what changes of an object that is ours, and is there, have in common."""

from __future__ import annotations

from typing import Any

from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import NOTHING, Kind
from proxbox_plan.model.plan import Cause, FieldChange, Reason


def change_of(kind: Kind, row: Row, reason: Reason) -> dict[str, Any]:
    """Return what every change of the object has."""
    return {
        "address": kind.address(row.key or ""),
        "kind": kind.name,
        "reason": reason,
        "name": describe(kind, row),
        "cluster": row.key.cluster if row.key is not None else None,
        "netbox_id": row.id,
        "last_updated": row.last_updated,
        "ownership_before": row.ownership,
    }


def contents(row: Row) -> tuple[FieldChange, ...]:
    """Return what is lost with the object: for the review, and to be able to make it again."""
    filled = {name: value for name, value in row.fields.items() if value not in NOTHING}
    if row.tags:
        filled["tags"] = list(row.tags)
    return tuple(FieldChange(field=name, before=value, cause=Cause.PROXMOX) for name, value in filled.items())


def describe(kind: Kind, row: Row) -> str:
    """Return the name of a row for people, with its parent where the name alone says little."""
    parent = row.fields.get("virtual_machine") or row.fields.get("device")
    if kind.parent in ("virtual_machine", "device") and not kind.documents and isinstance(parent, dict):
        return f"{parent['name']} {row.name}"
    return row.name
