"""Prerequisites: objects that must exist while a change lands, although no field refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.state import GUEST_TYPES


def prerequisites(change: Change) -> Iterator[Address]:
    """Yield the addresses of what must be there while a change lands, if it is a guest's."""
    kind, address = KINDS[change.kind], change.address
    if not kind.prerequisites or isinstance(change, Delete) or address.key.sort not in GUEST_TYPES:
        return
    guest = address.key.machine
    for needed in kind.prerequisites:
        found = Address.of(needed.kind, guest.child(needed.part) if needed.part else guest)
        yield found.replaced if address.is_replaced else found


def dependents(changes: Iterable[Change]) -> dict[Address, set[Address]]:
    """Return the addresses of changes, by the address of what must be there while they land."""
    found: dict[Address, set[Address]] = {}
    for change in changes:
        for address in prerequisites(change):
            found.setdefault(address, set()).add(change.address)
    return found
