"""Cascade deletes: NetBox deletes what hangs off a deleted object, so an object is kept while something on it stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.plan import Change, Create, Delete
from proxbox_plan.plan.relations.references import ref_id

HANGS_OFF: Mapping[str, str] = MappingProxyType({kind.name: kind.parent for kind in KINDS.values() if kind.parent})

# Kind that may be deleted -> (kind, filter) of what NetBox would delete with it.
_CASCADES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        parent: tuple((kind.name, name) for kind in KINDS.values() for of, name in kind.by_parent if of == parent)
        for parent in dict.fromkeys(of for kind in KINDS.values() for of, _ in kind.by_parent)
    }
)

ObjectId = tuple[str, int]  # kind and NetBox id
Objects = dict[ObjectId, list[ObjectId]]


def children(inventory: Inventory) -> Objects:
    """Every known object by the object it hangs off, ours or not."""
    found: Objects = {}
    for kind, field in HANGS_OFF.items():
        for row in inventory.kinds.get(kind, ()):
            parent = row.fields.get(field)
            number = ref_id(parent)
            if isinstance(parent, dict) and number is not None:
                found.setdefault((str(parent["kind"]), number), []).append((kind, row.id))
    return found


def cascade_lookups(changes: Iterable[Change]) -> Iterator[Lookup]:
    """Return the queries before a delete: whether objects of other users depend on it."""
    for change in changes:
        if isinstance(change, Delete):
            for kind, name in _CASCADES.get(change.kind, ()):
                yield Lookup(kind, name, str(change.netbox_id))


def without_implicit(changes: Sequence[Change], inventory: Inventory) -> tuple[Change, ...]:
    """Omit deletes of mere records whose parent is deleted: NetBox does that in one step.

    Deleting one of our MAC addresses first would only stamp its interface anew, and that delete would look stale.
    """
    deletes = {(change.kind, change.netbox_id) for change in changes if isinstance(change, Delete)}
    if not deletes:
        return tuple(changes)
    implicit = {
        child
        for parent, found in children(inventory).items()
        if parent in deletes
        for child in found
        if KINDS[child[0]].implicit or KINDS[child[0]].record
    }
    return tuple(
        change for change in changes if not (isinstance(change, Delete) and (change.kind, change.netbox_id) in implicit)
    )


def unsafe_deletes(changes: Iterable[Change], inventory: Inventory) -> dict[Address, tuple[str, Row]]:
    """Return the deletes that would cascade to what stays: address -> (kind, row) of one such object.

    A child is safe when this plan deletes it too, or moves it to another parent.
    """
    changes = tuple(changes)
    deletes = {(change.kind, change.netbox_id): change for change in changes if isinstance(change, Delete)}
    if not deletes:
        return {}
    moved = {
        (change.kind, change.target_id)
        for change in changes
        for field in change.fields
        if not isinstance(change, Create) and field.field == HANGS_OFF.get(change.kind)
    }
    hanging = children(inventory)
    rows = {(kind, row.id): row for kind in HANGS_OFF for row in inventory.kinds.get(kind, ())}
    unsafe: dict[Address, tuple[str, Row]] = {}
    while True:  # a parent is unsafe as soon as one of its children stays
        found = {
            change.address: (child[0], rows[child])
            for parent, change in deletes.items()
            for child in hanging.get(parent, ())
            if child not in moved and child not in deletes and _stays(child[0], rows[child])
        }
        if not found:
            return unsafe
        unsafe |= found
        deletes = {parent: change for parent, change in deletes.items() if change.address not in found}


def _stays(name: str, row: Row) -> bool:
    """Whether an object of a kind must not be deleted with its parent."""
    kind = KINDS[name]
    if kind.survives_parent or kind.record:
        return False
    return not kind.implicit or row.key is None
