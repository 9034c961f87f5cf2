"""The guests and nodes that changes belong to, so that a review names them although they do not change themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, NODE, machine_of
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import Change, NamedMachine, key_of
from proxbox_plan.model.reference import Ref

_NODE_FIELD = "device"  # of a guest: where it runs


def machines(
    changes: Iterable[Change], inventory: Inventory, desired: Mapping[Address, DesiredObject] | None = None
) -> dict[Key, NamedMachine]:
    """Return the guests and nodes of the changes by key, as they are desired, else as NetBox has them."""
    addresses = filter(None, (machine_of(key_of(change).settled) for change in changes))
    owners = {address.key: address for address in sorted(set(addresses))}
    rows = {row.key: row for kind in (GUEST, NODE) for row in inventory.kinds.get(kind.name, ()) if row.key in owners}
    found = {key: _named((desired or {}).get(address), rows.get(key)) for key, address in owners.items()}
    return {key: machine for key, machine in found.items() if machine is not None}


def _named(wanted: DesiredObject | None, row: Row | None) -> NamedMachine | None:
    if wanted is not None:
        node = wanted.fields.get(_NODE_FIELD)
        return NamedMachine(name=wanted.name, node=node.name if isinstance(node, Ref) else _node(row))
    return NamedMachine(name=row.name, node=_node(row)) if row is not None else None


def _node(row: Row | None) -> str:
    """Return where NetBox says that a guest runs; a device has no such field."""
    value = row.fields.get(_NODE_FIELD) if row is not None else None
    return str(value["name"]) if isinstance(value, dict) else ""
