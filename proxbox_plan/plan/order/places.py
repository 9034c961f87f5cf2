"""Places: NetBox compares where an object is with where that is what it is in, whenever either is written.

A cluster that moves to another site and the nodes in it wait for each other: one goes without a place meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange
from proxbox_plan.plan.relations.references import ref_id


def place_change(change: Change) -> FieldChange | None:
    """Return the field change that gives an object another place."""
    names = KINDS[change.kind].place
    return next((item for item in change.fields if item.field in names), None)


def relocating(changes: Collection[Change], inventory: Inventory) -> Mapping[Address, set[Address]]:
    """Return which changes of places must land before which, by the one that waits."""
    found: dict[Address, set[Address]] = {}
    moved = {(item.kind, item.target_id): item for item in changes if _moves(item)}
    for change, row in _rows(moved, inventory):
        for holder in _holders(moved, row, KINDS[change.kind].placed_in):
            place = place_change(holder)
            if place is not None and place.before is not None:
                found.setdefault(change.address, set()).add(holder.address)
            if place is not None and place.after is not None and change.kind in KINDS[holder.kind].holds:
                found.setdefault(holder.address, set()).add(change.address)
    for change, holder in _leaving(moved, changes):
        found.get(change.address, set()).discard(holder.address)
        found.setdefault(holder.address, set()).add(change.address)
    return found


def leaves(change: Change, holder: Change) -> bool:
    """Whether a change takes an object out of another one that it is in."""
    own = (holder.kind, holder.target_id)
    fields = (item for item in change.fields if item.field in KINDS[change.kind].placed_in)
    return not isinstance(change, Delete) and any(_is_to(item.before, own) for item in fields)


def _leaving(
    moved: Mapping[tuple[str, int | None], Change], changes: Iterable[Change]
) -> Iterator[tuple[Change, Change]]:
    """Yield what leaves a cluster that gets another place, with that: NetBox moves along all that is still in it."""
    holders = [item for item in moved.values() if KINDS[item.kind].holds and _arrives(item)]
    for change in changes if holders else ():
        yield from ((change, holder) for holder in holders if leaves(change, holder))


def _arrives(holder: Change) -> bool:
    place = place_change(holder)
    return place is not None and place.after is not None


def _is_to(value: object, own: tuple[str, int | None]) -> bool:
    return isinstance(value, dict) and (str(value.get("kind")), ref_id(value)) == own


def _moves(change: Change) -> bool:
    return not isinstance(change, Create | Delete) and place_change(change) is not None


def _rows(moved: Mapping[tuple[str, int | None], Change], inventory: Inventory) -> Iterator[tuple[Change, Row]]:
    for kind in {change.kind for change in moved.values()}:
        found = (row for row in inventory.kinds.get(kind, ()) if (kind, row.id) in moved)
        yield from ((moved[kind, row.id], row) for row in found)


def _holders(moved: Mapping[tuple[str, int | None], Change], row: Row, fields: Iterable[str]) -> Iterator[Change]:
    for name in fields:
        value = row.fields.get(name)
        if isinstance(value, dict) and (holder := moved.get((str(value.get("kind")), ref_id(value)))) is not None:
            yield holder
