"""The guests and nodes that changes belong to, so that a review names them although they do not change themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import Change, NamedMachine
from proxbox_plan.model.reference import Ref

_NODE_FIELD = "device"  # of a guest: where it runs
_DOCUMENTING = {kind.documents: kind for kind in KINDS.values() if kind.documents}


def machines(
    changes: Iterable[Change], inventory: Inventory, desired: Mapping[Address, DesiredObject] | None = None
) -> dict[Key, NamedMachine]:
    """Return the guests and nodes of the changes by key, as they are desired, else as NetBox has them."""
    owners = {key.settled.owner for change in changes if (key := change.key or change.address.key).is_of_machine}
    kinds = (inventory.kinds.get(kind.name, ()) for kind in _DOCUMENTING.values())
    rows = {row.key: row for row in chain.from_iterable(kinds) if row.key in owners}
    found = {owner: _named(owner, (desired or {}).get(_address(owner)), rows.get(owner)) for owner in sorted(owners)}
    return {owner: machine for owner, machine in found.items() if machine is not None}


def _address(owner: Key) -> Address:
    return _DOCUMENTING["node" if owner.sort == "node" else "guest"].address(owner)


def _named(owner: Key, wanted: DesiredObject | None, row: Row | None) -> NamedMachine | None:
    if wanted is None and row is None:
        return None
    name = wanted.name if wanted is not None else row.name if row is not None else ""
    if _address(owner).kind != GUEST.name:
        return NamedMachine(name=name)
    node = wanted.fields.get(_NODE_FIELD) if wanted is not None else None
    return NamedMachine(name=name, node=node.name if isinstance(node, Ref) else _name(row))


def _name(row: Row | None) -> str:
    value = row.fields.get(_NODE_FIELD) if row is not None else None
    return str(value["name"]) if isinstance(value, dict) else ""
