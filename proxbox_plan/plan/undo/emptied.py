"""Emptied: NetBox takes a primary address off a machine when it deletes the address, and no change says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Change, Create, Delete, FieldChange, Reason, Update
from proxbox_plan.plan.relations.dependents import ObjectId
from proxbox_plan.plan.relations.owned import change_of
from proxbox_plan.plan.relations.rows import Rows


def with_emptied(changes: Iterable[Change], rows: Rows, reborn: Mapping[ObjectId, Address]) -> Iterator[Change]:
    """Yield the changes of an undo, and let what is made again be what it was to its machine."""
    listed = list(changes)
    names = {change.address: _label(change) for change in listed if isinstance(change, Create)}
    emptied = dict(_emptied(rows, reborn, names)) if reborn else {}
    for change in listed:
        found = emptied.pop((change.kind, change.target_id or 0), None)
        links = {} if found is None or isinstance(change, Delete) else found[1]
        links = {name: value for name, value in links.items() if all(item.field != name for item in change.fields)}
        yield _with(change, links) if links and getattr(change, "last_applied", None) is not None else change
    for (kind, _), (row, links) in emptied.items():
        yield _with(_update(KINDS[kind], row), links)


def _label(change: Create) -> str:
    """Return what NetBox will show for a new object."""
    label = KINDS[change.kind].label
    return next((str(item.after) for item in change.fields if item.field == label), change.name)


def _emptied(
    rows: Rows, reborn: Mapping[ObjectId, Address], names: Mapping[Address, str]
) -> Iterator[tuple[ObjectId, tuple[Row, dict[str, Any]]]]:
    """Yield the objects of ours that have lost a reference to what is made again, with the references."""
    for kind in KINDS.values():
        fields = [field for field in kind.fields if field.second_pass]
        for row in rows.of(kind.name) if fields else ():
            known = row.last_applied.fields if row.last_applied is not None and row.key is not None else {}
            found = {
                field.name: {"kind": to, "name": names.get(at, at.key.last), "address": str(at)}
                for field in fields
                for to in field.to
                if row.fields.get(field.name) is None and (at := reborn.get((to, known.get(field.name) or 0)))
            }
            if found:
                yield (kind.name, row.id), (row, found)


def _with(change: Change, links: Mapping[str, Any]) -> Change:
    last: LastApplied = getattr(change, "last_applied", None) or LastApplied()
    fields = tuple(FieldChange(field=name, after=value, cause=Cause.NETBOX) for name, value in links.items())
    return change.replace(fields=(*change.fields, *fields), last_applied=last.with_fields(links))


def _update(kind: Kind, row: Row) -> Update:
    return Update(**change_of(kind, row, Reason.UNDO), key=row.key, last_applied=row.last_applied or LastApplied())
