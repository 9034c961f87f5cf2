"""Cascade: NetBox deletes what hangs off a deleted object, so nothing is deleted while it holds what must stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.plan.match.rows import ref_id

HANGS_OFF: Mapping[str, str] = MappingProxyType({kind.name: kind.parent for kind in KINDS.values() if kind.parent})

# Kind that may be deleted -> (kind, filter) of what NetBox would delete with it.
_SWEPT_ALONG: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "vm-interface": (("ip-address", "vminterface_id"),),
        "interface": (("ip-address", "interface_id"),),
        "virtual-machine": (("vm-interface", "virtual_machine_id"), ("virtual-disk", "virtual_machine_id")),
        "device": (("interface", "device_id"),),
    }
)

Objects = dict[tuple[str, int], list[tuple[str, int]]]


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


def swept_along(changes: Iterable[Change]) -> Iterator[Lookup]:
    """What to ask NetBox before anything is deleted: is there something of other people on it?"""
    for change in changes:
        if change.action is Action.DELETE:
            for kind, name in _SWEPT_ALONG.get(change.kind, ()):
                yield Lookup(kind, name, str(change.netbox_id))


def without_swept(changes: list[Change], inventory: Inventory) -> list[Change]:
    """Leave out deletes of our MAC addresses and mere records whose parent is deleted: NetBox does that in one step.

    Deleting a MAC address first would only stamp its interface anew, and that one's delete would look stale.
    """
    deletes = {(change.kind, change.netbox_id) for change in changes if change.action is Action.DELETE}
    if not deletes:
        return changes
    swept = {
        child
        for parent, found in children(inventory).items()
        if parent in deletes
        for child in found
        if child[0] == "mac-address" or KINDS[child[0]].swept
    }
    return [
        change
        for change in changes
        if change.action is not Action.DELETE or (change.kind, change.netbox_id) not in swept
    ]


def unsafe_deletes(changes: Iterable[Change], inventory: Inventory) -> dict[str, tuple[str, Row]]:
    """Return the deletes that would take along what stays: address -> (kind, row) of one such object.

    A child is safe when this plan deletes it too, or moves it to another parent.
    """
    deletes = {(change.kind, change.netbox_id or 0): change for change in changes if change.action is Action.DELETE}
    if not deletes:
        return {}
    moved = {
        (change.kind, change.netbox_id)
        for change in changes
        for field in change.fields
        if change.action is not Action.CREATE and field.field == HANGS_OFF.get(change.kind)
    }
    hanging = children(inventory)
    rows = {(kind, row.id): row for kind in HANGS_OFF for row in inventory.kinds.get(kind, ())}
    unsafe: dict[str, tuple[str, Row]] = {}
    while True:  # a parent is unsafe as soon as one of its children stays
        found = {
            change.address: (child[0], rows[child])
            for parent, change in deletes.items()
            for child in hanging.get(parent, ())
            if child not in moved and child not in deletes and child[0] != "virtual-machine"
            if not KINDS[child[0]].swept
            if child[0] != "mac-address" or rows[child].key is None
        }
        if not found:
            return unsafe
        unsafe |= found
        deletes = {parent: change for parent, change in deletes.items() if change.address not in found}
