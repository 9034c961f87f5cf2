"""Kept: what an object has and we do not know better.

What people gave it stays when it is adopted, and ever after: a name, or a cluster without a scope. And what we gave it
stays where Proxmox only has something general to say now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import NOTHING, Kind, Owner
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


def without_initial(
    kind: Kind, wanted: DesiredObject, row: Row, ids: Mapping[Address, int], owners: Mapping[str, Owner]
) -> DesiredObject:
    """Return a desired object without the values for a new one (`initial`) that would replace what NetBox has.

    What people put there is judged as ever, unless Proxmox is authoritative for the field.
    """
    known = row.last_applied.fields if row.last_applied is not None else {}

    def stays(name: str) -> bool:
        present = row.fields.get(name)
        if present in NOTHING or name not in wanted.fields or _is_same(wanted.fields[name], present, ids):
            return False
        record = ref_id(present) if isinstance(present, dict) else present
        return known.get(name) == record or owners.get(name, kind.field(name).owner) is Owner.PROXMOX

    kept = {name: why for name, why in wanted.initial.items() if stays(name)}
    fields = {name: value for name, value in wanted.fields.items() if name not in kept}
    return replace(wanted, fields=fields, unread={**wanted.unread, **kept}) if kept else wanted


def _is_same(value: Any, present: Any, ids: Mapping[Address, int]) -> bool:
    if isinstance(value, Ref):
        return present is not None and value.address is not None and ids.get(value.address) == ref_id(present)
    return bool(value == present)
