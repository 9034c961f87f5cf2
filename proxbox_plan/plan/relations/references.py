"""References inside the values of fields, desired or planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import TAG
from proxbox_plan.model.plan import FieldChange
from proxbox_plan.model.reference import Ref


def ref_id(value: object) -> int | None:
    """NetBox id of a reference in a row (`{"kind", "id", "name"}`), if it is one."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, int) else None


def refs_in(value: object) -> Iterator[Ref]:
    """Every reference in a desired value."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from refs_in(item)


def references(value: Any) -> Iterator[dict[str, Any]]:
    """Every reference (`{"kind", "name", ...}`) in a field's value as a plan has it."""
    if isinstance(value, dict) and "kind" in value:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def targets(fields: Iterable[FieldChange]) -> set[Address]:
    """Return the addresses of what will be referred to."""
    return {Address(ref["address"]) for field in fields for ref in references(field.after) if "address" in ref}


def mentioned(fields: Iterable[FieldChange]) -> set[Address]:
    """Return the addresses of all that must exist for these values: what they refer to, and their tags."""
    listed = list(fields)
    tags = {TAG.address(slug) for field in listed if field.field == "tags" for slug in field.after or ()}
    return tags | targets(listed)
