"""Ownership: who changed a field and what becomes of it, from its desired, last-applied and actual value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from proxbox_plan.core.address import Address
from proxbox_plan.model.kind import NOTHING, Field, FieldType, Owner
from proxbox_plan.model.plan import Cause
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id

MISSING: Final = object()  # never applied by us
_LONG = 200  # longer texts are remembered by their hash: a note may be megabytes


class Verdict(StrEnum):
    """What to do about one field that differs."""

    WRITE = "write"
    LEAVE = "leave"  # it differs and NetBox is authoritative: report it


def recorded(field: Field, value: Any, ids: Mapping[Address, int]) -> Any:
    """Return what proxbox_applied remembers of a value we want; objects without an id yet stay references."""
    if field.type is FieldType.JSON:
        return _short(json.dumps(value, sort_keys=True, ensure_ascii=False))
    if isinstance(value, Ref):
        number = value.id or (ids.get(value.address) if value.address else None)
        return number if number is not None else value.to_json()
    if isinstance(value, list) and field.type is FieldType.REFS:
        return sorted((recorded(field, item, ids) for item in value), key=str)
    return _short(value) if isinstance(value, str) else value


def _short(text: str) -> str:
    if len(text) <= _LONG:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def actual_record(field: Field, value: Any) -> Any:
    """Return the same of a value in a NetBox row."""
    if isinstance(value, dict) and field.type is not FieldType.JSON:
        return ref_id(value)
    if isinstance(value, list) and field.type is FieldType.REFS:
        return sorted((ref_id(item) for item in value), key=str)
    return recorded(field, value, {})


def judge(owner: Owner, wanted: Any, actual: Any, last: Any) -> tuple[Verdict, Cause]:
    """Judge a field whose desired and actual value differ; all values are records (see `recorded`).

    `last` is MISSING when we never set the field.
    """
    if last is MISSING:
        empty = actual in NOTHING
        wins = owner is Owner.PROXMOX or (owner is Owner.NETBOX and empty)
        return (Verdict.WRITE if wins else Verdict.LEAVE), Cause.ADOPTED
    if last == actual:
        return (Verdict.LEAVE if owner is Owner.CREATE_ONLY else Verdict.WRITE), Cause.PROXMOX
    # What it referred to was deleted in NetBox, and with that the reference; it is made again, with an id of its own.
    emptied = actual is None and isinstance(last, int) and isinstance(wanted, dict) and "kind" in wanted
    cause = Cause.NETBOX if last == wanted or emptied else Cause.BOTH
    return (Verdict.WRITE if owner is Owner.PROXMOX else Verdict.LEAVE), cause
