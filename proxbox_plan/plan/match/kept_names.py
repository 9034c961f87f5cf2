"""Kept names: an interface that people named keeps its name when it is adopted, and ever after."""

from __future__ import annotations

from dataclasses import replace

from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind


def with_kept_name(kind: Kind, wanted: DesiredObject, row: Row) -> DesiredObject:
    """Return a desired object without its name, and shown by the one it has, where we never gave it one."""
    name, known = kind.label, row.last_applied.fields if row.last_applied is not None else {}
    own = wanted.fields.get(name)
    if own is None or not kind.field(name).kept or name in known or row.fields.get(name) == own:
        return wanted
    fields = {field: value for field, value in wanted.fields.items() if field != name}
    return replace(wanted, name=f"{wanted.name.removesuffix(str(own))}{row.fields.get(name)}", fields=fields)
