"""Primaries: a machine gives up its primary address before another machine takes that address over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import ADDRESS, GUEST
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Change, FieldChange, Move, Reason, Update
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.owned import change_of
from proxbox_plan.plan.relations.references import ref_id

_NAMES = ("primary_ip4", "primary_ip6")


def with_released_primaries(
    matched: Matched, changes: Sequence[Change], blocked: Mapping[Address, Address]
) -> tuple[tuple[Change, ...], Mapping[Address, Row]]:
    """Return the changes, with one more field or one more change for each address that NetBox would not move.

    Also return the machine that keeps its primary address, as nothing may be written to it, by the move that cannot be.
    """
    held = tuple(_held(matched, changes))
    if not held:
        return tuple(changes), {}
    found, kept = list(changes), {}
    writers: dict[int | None, list[int]] = {}
    for place, change in enumerate(found):
        if change.kind == GUEST.name:
            writers.setdefault(change.target_id, []).append(place)
    own = {row.id: address for address, row in matched.rows.items() if address.kind == GUEST.name}
    for move, guest, item in held:
        places = writers.setdefault(guest.id, [])
        if any(field.field == item.field for place in places for field in found[place].fields):
            continue
        address = own.get(guest.id)
        if is_ignored(guest) or (address is not None and blocked.get(address) == address):
            kept[move.address] = guest
            continue
        if not places:
            places.append(len(found))
            found.append(_update(guest))
        found[places[0]] = _with(found[places[0]], item)
    return tuple(found), kept


def _held(matched: Matched, changes: Sequence[Change]) -> Iterator[tuple[Move, Row, FieldChange]]:
    """Yield each address that gets another machine, with that which has it as a primary one, and in which field."""
    moves = [change for change in changes if isinstance(change, Move) and change.kind == ADDRESS.name]
    takers = ((change, change.key.owner) for change in moves if change.key is not None)
    machines = matched.index.of(GUEST.name) if moves else ()
    holders = {ref_id(row.fields.get(name)): row for row in machines if row.key is not None for name in _NAMES}
    for change, owner in takers:
        guest = holders.get(change.netbox_id)
        taker = matched.rows.get(Address.of(GUEST.name, owner))
        if guest is None or (taker is not None and taker.id == guest.id):  # it goes with its machine
            continue
        for name in _NAMES:
            value = guest.fields.get(name)
            if ref_id(value) == change.netbox_id:
                yield change, guest, FieldChange(field=name, before=value, after=None, cause=Cause.PROXMOX)


def _with(change: Any, item: FieldChange) -> Change:
    """Return the update of a machine that is decommissioned, with one more field."""
    changed: Change = change.replace(
        fields=(*change.fields, item), last_applied=change.last_applied.with_fields({item.field: None})
    )
    return changed


def _update(guest: Row) -> Update:
    common = change_of(GUEST, guest, Reason.PRIMARY)
    return Update(**common, key=guest.key, last_applied=guest.last_applied or LastApplied())
