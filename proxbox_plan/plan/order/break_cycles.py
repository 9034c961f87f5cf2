"""Letting go: an object gives up what another one waits for, and takes what it wants afterwards.

NetBox has every name and every address once. Of objects that change theirs with each other one goes without meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from proxbox_plan.model.plan import LINKS, Action, Change, FieldChange, Reason
from proxbox_plan.plan.match.rows import references
from proxbox_plan.plan.order.steps import needs, remembered, targets

Changes = Mapping[str, Change]

_NAME = "name"
_LONGEST_NAME = 64  # of machines and devices


def released(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Let an object go of what is deleted first, and take what comes in its place afterwards.

    Two guests that swap their primary addresses: neither address can be deleted while it is one, nor be had anew while
    it is there.
    """
    deleted = {(change.kind, change.netbox_id) for change in stuck.values() if change.action is Action.DELETE}
    for address in sorted(address for address in stuck if address.endswith(LINKS)):
        change, plain = stuck[address], changes.get(address.removesuffix(LINKS))
        let_go = {field.field for field in plain.fields} if plain else set()
        held = [
            field
            for field in change.fields
            if field.field not in let_go and any(_row(ref) in deleted for ref in references(field.before))
        ]
        if held:
            return _released(change, held, stuck, plain)
    return ()


def _row(ref: Mapping[str, Any]) -> tuple[Any, Any]:
    return ref["kind"], ref.get("id")


def _released(change: Change, held: list[FieldChange], stuck: Changes, plain: Change | None) -> tuple[Change, ...]:
    """Return the change that lets go, which is the object's own (`plain`) where it has one, and all that follow it."""
    gone = [replace(field, after=None) for field in held]
    first = _with(plain or _begun(change), gone)
    second = change.model_copy(update={"depends_on": needs(change, also=[first.address])})
    rows = {_row(ref) for field in held for ref in references(field.before)}
    freed = (
        other.model_copy(update={"depends_on": needs(other, but=[change.address], also=[first.address])})
        for other in stuck.values()
        if other.action is Action.DELETE and (other.kind, other.netbox_id) in rows
    )
    return first, second, *freed


def renamed(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Give one of the objects that take each other's names a name that nobody wants: its key, for a moment."""
    names = {
        address: field
        for address, change in stuck.items()
        if change.action is Action.UPDATE and (field := _name(change)) and not _gives_up(changes, change)
    }
    for address in sorted(names):
        change = stuck[address]
        holders = [
            need
            for need in change.depends_on
            if need in names and stuck[need].kind == change.kind and _is_same(names[need].before, names[address].after)
        ]
        if holders and address in _awaited(address, stuck):
            return tuple(_renamed(change, names[address], holders, stuck, changes))
    return ()


def _gives_up(changes: Changes, change: Change) -> bool:
    """Whether a first step of an object takes its name off it already."""
    first = changes.get(change.address.removesuffix(LINKS))
    name = _name(first) if first else None
    return name is not None and name.after == _nobodys(change)


def _name(change: Change) -> FieldChange | None:
    return next((field for field in change.fields if field.field == _NAME), None)


def _nobodys(change: Change) -> str:
    return (change.key or change.address.removesuffix(LINKS))[:_LONGEST_NAME]


def _is_same(one: Any, other: Any) -> bool:
    return str(one).casefold() == str(other).casefold()  # as NetBox compares names


def _awaited(address: str, stuck: Changes) -> set[str]:
    """Return everything that a change waits for, through others: itself, when it is in a cycle."""
    found: set[str] = set()
    ahead = [address]
    while ahead:
        new = {need for need in stuck[ahead.pop()].depends_on if need in stuck} - found
        found |= new
        ahead += new
    return found


def _renamed(
    change: Change, field: FieldChange, holders: list[str], stuck: Changes, changes: Changes
) -> Iterator[Change]:
    own = change.address.removesuffix(LINKS)
    plain, links = changes.get(own), changes.get(own + LINKS)
    first = plain or _begun(change)
    kept = first.model_copy(update={"fields": tuple(item for item in first.fields if item != field)})
    yield _with(kept, [replace(field, after=_nobodys(change))], but=holders)
    second = links or change.model_copy(update={"address": own + LINKS, "reason": Reason.CYCLE, "fields": ()})
    fields = tuple(item for item in second.fields if item != field)
    yield second.model_copy(update={"fields": (*fields, field), "depends_on": needs(second, also=[own, *holders])})
    if change.address != own:  # who waits for the name has it from the first step on
        for other in stuck.values():
            wanted = _name(other)
            if change.address in other.depends_on and wanted and _is_same(wanted.after, field.before):
                yield other.model_copy(update={"depends_on": needs(other, but=[change.address], also=[own])})


def _begun(change: Change) -> Change:
    """Return a change of the same object without any field, for a first step: it waits for nothing to refer to."""
    own = change.address.removesuffix(LINKS)
    return change.model_copy(
        update={"address": own, "fields": (), "depends_on": needs(change, but=targets(change.fields))}
    )


def _with(change: Change, fields: Sequence[FieldChange], *, but: Collection[str] = ()) -> Change:
    """Return a change that writes some fields, too, and does not wait for some others.

    Should the second step never come, it is still due: what is remembered is what the first one wrote.
    """
    applied = remembered(change, more={field.field: field.after for field in fields})
    update = {"fields": (*change.fields, *fields), "applied": applied, "depends_on": needs(change, but=but)}
    return change.model_copy(update=update)
