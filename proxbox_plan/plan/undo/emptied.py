"""Emptied: a reference is lost with the object that it refers to, and no change of the plan says so.

NetBox empties it, or leaves the id of what is no longer there. When the object is made again, it has another id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.kind import Field, FieldType, Kind
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Change, Create, Delete, FieldChange, Reason, Update
from proxbox_plan.model.relation import Effect
from proxbox_plan.plan.relations.dependents import ObjectId
from proxbox_plan.plan.relations.owned import change_of
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.referrers import EMPTIED
from proxbox_plan.plan.relations.rows import Rows

_BY_MODEL: Mapping[str, Kind] = MappingProxyType({kind.object_type: kind for kind in KINDS.values()})


def emptied_lookups(done: Iterable[tuple[Change, int]], inventory: Inventory) -> Iterator[Lookup]:
    """Yield the questions for what lost a reference with what the apply deleted, as the plan of that said."""
    for change, _ in done:
        for item in change.along if isinstance(change, Delete) else ():
            kind = _BY_MODEL.get(item.model) if item.effect is Effect.EMPTIED else None
            if kind is not None and inventory.has(kind):
                yield Lookup(kind.name, "id", str(item.id))


def with_emptied(changes: Iterable[Change], rows: Rows, reborn: Mapping[ObjectId, Address]) -> Iterator[Change]:
    """Yield the changes of an undo, and let everything refer to what is made again that referred to it before."""
    listed = list(changes)
    names = {change.address: _label(change) for change in listed if isinstance(change, Create)}
    emptied = _emptied(rows, reborn, names) if reborn else {}
    for change in listed:
        _, lost = emptied.pop((change.kind, change.target_id or 0), (None, ()))
        own = {item.field for item in change.fields}
        links = () if isinstance(change, Delete) else tuple(item for item in lost if item.field not in own)
        yield _with(change, links) if links and getattr(change, "last_applied", None) is not None else change
    for (kind, _), (row, links) in emptied.items():
        change = Update(
            **change_of(KINDS[kind], row, Reason.UNDO), key=row.key, last_applied=row.last_applied or LastApplied()
        )
        yield _with(change, links)


def _label(change: Create) -> str:
    """Return what NetBox will show for a new object."""
    label = KINDS[change.kind].label
    return next((str(item.after) for item in change.fields if item.field == label), change.name)


def _emptied(
    rows: Rows, reborn: Mapping[ObjectId, Address], names: Mapping[Address, str]
) -> dict[ObjectId, tuple[Row, tuple[FieldChange, ...]]]:
    """Return the objects of ours that have lost a reference to what is made again, with what gives it back."""
    found: dict[ObjectId, tuple[Row, tuple[FieldChange, ...]]] = {}
    for kind, field in EMPTIED:
        for row in rows.of(kind.name):
            known = row.last_applied.fields.get(field.name) if row.last_applied is not None and row.key else None
            before = row.fields.get(field.name)
            after = _given_back(field, known, before, reborn, names)
            if after is not None:
                change = FieldChange(field=field.name, before=before, after=after, cause=Cause.NETBOX)
                _, more = found.get((kind.name, row.id), (row, ()))
                found[kind.name, row.id] = row, (*more, change)
    return found


def _given_back(
    field: Field, known: Any, value: Any, reborn: Mapping[ObjectId, Address], names: Mapping[Address, str]
) -> Any:
    """Return what a field refers to once what it lost is made again; null when it lost nothing of that.

    `known` is the record of what was last applied. One that another user filled since is left as it is.
    """

    def ref_to(kind: str, address: Address) -> dict[str, Any]:
        return {"kind": kind, "name": names.get(address, address.key.last), "address": str(address)}

    def made_again(number: Any) -> dict[str, Any] | None:
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        return next((ref_to(to, reborn[to, number]) for to in field.to if (to, number) in reborn), None)

    if field.type is FieldType.REFS:
        there = [item for item in value or () if (item["kind"], ref_id(item)) not in reborn]
        lost = [ref for ref in map(made_again, known if isinstance(known, list) else ()) if ref is not None]
        return [*there, *lost] if lost else None
    leads_nowhere = isinstance(value, dict) and (value["kind"], ref_id(value)) in reborn
    if leads_nowhere and ref_id(value) == known:
        return ref_to(value["kind"], reborn[value["kind"], ref_id(value) or 0])
    return made_again(known) if value is None else None


def _with(change: Change, links: Iterable[FieldChange]) -> Change:
    last: LastApplied = getattr(change, "last_applied", None) or LastApplied()
    fields = tuple(links)
    records = {item.field: _record(item.after) for item in fields}
    return change.replace(fields=(*change.fields, *fields), last_applied=last.with_fields(records))


def _record(value: Any) -> Any:
    """Return what is remembered of a list of references: the ids, where there are any."""
    return sorted((item.get("id", item) for item in value), key=str) if isinstance(value, list) else value
