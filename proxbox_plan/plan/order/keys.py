"""Keys: objects that take each other's keys; of each ring one goes under a key of its own meanwhile.

NetBox has every key once. Should the second step never come, the next plan finds the object by its fingerprint, or on
its machine, and gives it the key that is still due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.plan import Change, Delete, Move, Update
from proxbox_plan.plan.order.second_step import second_step
from proxbox_plan.plan.prune.feasible import given_up
from proxbox_plan.plan.relations.dependents import HANGS_OFF
from proxbox_plan.plan.relations.references import ref_id

_Holders = Mapping[tuple[str, Key | None], Address]


def key_holders(changes: Iterable[Change]) -> _Holders:
    """Return the change after which each key is free, by kind and key: the first one of an object."""
    found: dict[tuple[str, Key | None], Address] = {}
    for change in changes:
        key = given_up(change)
        if key is not None and not (change.address.is_second_pass and (change.kind, key) in found):
            found[change.kind, key] = change.address
    return found


def holder_of(change: Change, holders: _Holders) -> Address | None:
    """Return the change that frees the key which a change gives its object; null when that is free."""
    holder = holders.get((change.kind, change.key)) if not isinstance(change, Delete) else None
    return holder if holder is not None and holder.first_pass != change.address.first_pass else None


def freed_along(changes: Iterable[Change], estate: Estate) -> Iterator[tuple[Address, Address]]:
    """Yield each change that gives a key which an object has that goes along with its parent, and what deletes that."""
    listed = tuple(changes)
    deleted = {(change.kind, change.netbox_id): change.address for change in listed if isinstance(change, Delete)}
    for change in listed if deleted else ():
        row = estate.row(change.kind, change.key) if isinstance(change, Move) and change.key is not None else None
        parent = row.fields.get(HANGS_OFF.get(change.kind, "")) if row is not None else None
        if row is not None and row.id != change.target_id and isinstance(parent, dict):
            holder = deleted.get((str(parent["kind"]), ref_id(parent) or 0))
            if holder is not None:
                yield change.address, holder


def before_machines(changes: Iterable[Change]) -> Iterator[tuple[Address, Address]]:
    """Yield each change that must wait for another one, of a machine that makes room for another guest and its parts.

    A container is known by the MAC addresses below its key: the machine gives its key up before they do, and gets it
    back after them.
    """
    for group in _apart(changes).values():
        machine = next((change for change in group if change.kind == GUEST.name), None)
        if machine is None:
            continue
        leaves = machine.key is not None and machine.key.is_retired
        for part in (change for change in group if change.kind != GUEST.name):
            yield (part.address, machine.address) if leaves else (machine.address, part.address)


def with_cut_rings(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes; of each ring of keys the first one is made in two steps."""
    listed = tuple(changes)
    holders = key_holders(listed)
    ahead = {
        change.address: holder
        for change in listed
        if isinstance(change, Move | Update) and (holder := holder_of(change, holders)) is not None
    }
    cut = set(_first_of_rings(ahead))
    return tuple(_cut(listed, cut)) if cut else listed


def with_heirs(lost: Iterable[Change], changes: Iterable[Change]) -> list[Change]:
    """Return the changes that cannot be made, with those that get a key which one of them would have given up.

    A machine makes room with all that is on it or not at all.
    """
    found, listed = {change.address: change for change in lost}, tuple(changes)
    holders = key_holders(listed) if found else {}
    groups = _apart(listed).values() if found else ()
    while True:
        more = [change for change in listed if change.address not in found and holder_of(change, holders) in found]
        for group in groups:
            if any(change.address in found for change in group):
                more += [change for change in group if change.address not in found]
        if not more:
            return list(found.values())
        found |= {change.address: change for change in more}


def _apart(changes: Iterable[Change]) -> Mapping[Key, list[Change]]:
    """Return what makes room for other guests, or gets its place back, by the key of the machine while it is apart."""
    found: dict[Key, list[Change]] = {}
    for change in changes:
        if isinstance(change, Update) and change.address.is_replaced:
            before = change.ownership_before.key if change.ownership_before is not None else None
            for key in {key.machine for key in (before, change.key) if key is not None and key.settled.is_retired}:
                found.setdefault(key, []).append(change)
    return found


def _first_of_rings(ahead: Mapping[Address, Address]) -> Iterator[Address]:
    """Yield the lowest address of each ring, where every change waits for one other."""
    seen: set[Address] = set()
    for start in sorted(ahead):
        way: dict[Address, None] = {}
        here: Address | None = start
        while here is not None and here not in seen:
            seen.add(here)
            way[here] = None
            here = ahead.get(here)
        if here is not None and here in way:
            places = list(way)
            yield min(places[places.index(here) :])


def _cut(changes: Iterable[Change], cut: set[Address]) -> Iterator[Change]:
    """Yield the changes; those to be cut give up their key first, and get the new one in a second step."""
    listed = tuple(changes)
    there = {change.address for change in listed}
    for change in listed:
        if change.address not in cut or not isinstance(change, Move | Update) or change.key is None:
            yield change
            continue
        yield change.replace(key=change.key.moving)
        if change.address.second_pass not in there:
            yield second_step(change)
