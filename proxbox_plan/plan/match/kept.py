"""Kept: what people gave an object stays when it is adopted, and ever after: a name, or a cluster without a scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id


def with_kept(kind: Kind, wanted: DesiredObject, row: Row, ids: Mapping[Address, int]) -> DesiredObject:
    """Return a desired object without what it has otherwise and we never gave it, and shown by the name it has.

    A place that it is not given is remembered, as the plan says so: names are only called otherwise.
    """
    known = row.last_applied.fields if row.last_applied is not None else {}
    kept = {
        field.name
        for field in kind.fields
        if field.kept and field.name in wanted.fields and field.name not in known
        if not _is_same(wanted.fields[field.name], row.fields.get(field.name), ids)
    }
    if not kept:
        return wanted
    fields = {field: value for field, value in wanted.fields.items() if field not in kept}
    own = str(wanted.fields.get(kind.label))
    name = f"{wanted.name.removesuffix(own)}{row.fields.get(kind.label)}" if kind.label in kept else wanted.name
    forgone = {field: wanted.fields[field] for field in kept & set(kind.place) if wanted.fields[field] is not None}
    return replace(wanted, name=name, fields=fields, forgone=forgone)


def _is_same(value: Any, present: Any, ids: Mapping[Address, int]) -> bool:
    if isinstance(value, Ref):
        return present is not None and value.address is not None and ids.get(value.address) == ref_id(present)
    return bool(value == present)
