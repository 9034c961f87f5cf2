"""Break cycles: changes that wait for each other are cut in two, where one of them can be made in two steps.

NetBox has every name and every address once. Of objects that change theirs with each other one goes without meanwhile;
so does a cluster that moves to another site with its nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Move, Update
from proxbox_plan.plan.order.keys import holder_of, key_holders
from proxbox_plan.plan.order.places import leaves, place_change
from proxbox_plan.plan.order.second_step import second_step
from proxbox_plan.plan.relations.references import references, targets

Changes = Mapping[Address, Change]

_NAME = "name"
_LONGEST_NAME = 64  # of machines and devices


def break_one(changes: Changes, placed: Collection[Address]) -> tuple[Change, ...]:
    """Return new versions of some changes, one cycle less among them; none when there is nothing to cut.

    `placed` are the addresses of those that wait for no cycle.
    """
    stuck = {address: change for address, change in changes.items() if address not in placed}
    return (
        _renamed_first(stuck, changes)
        or _nowhere_first(stuck, changes)
        or _released_first(stuck, changes)
        or _referring_later(stuck)
    )


def _referring_later(stuck: Changes) -> tuple[Change, ...]:
    """Take a reference that leads back to an object out of what is created, and patch it in afterwards."""
    created = (change for _, change in sorted(stuck.items()) if isinstance(change, Create))
    for change in created:
        fields = [item for item in change.fields if _leads_back(item, change.address, stuck)]
        if fields:
            return _split(change, fields)
    return ()


def _leads_back(item: FieldChange, address: Address, stuck: Changes) -> bool:
    """Whether a field refers to an object that waits for the one it is a field of."""
    ahead = targets([item]) & stuck.keys()
    return any(target == address or address in _awaited(target, stuck) for target in ahead)


def _split(change: Create, fields: Sequence[FieldChange]) -> tuple[Create, Update]:
    last = change.last_applied
    first = change.replace(
        fields=tuple(item for item in change.fields if item not in fields),
        last_applied=last.with_fields({}, drop={item.field for item in fields}) if last else None,
        depends_on=_needs(change, but=targets(fields)),
    )
    second = second_step(change, fields)
    return first, second.replace(depends_on=tuple(sorted({change.address, *targets(fields)})))


def _released_first(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Let an object release what is deleted or moved first, and take what comes in its place afterwards.

    Two guests that swap their primary addresses: neither address can be deleted while it is one, nor created anew
    while it is there.
    """
    deleted = {(change.kind, change.netbox_id) for change in stuck.values() if isinstance(change, Delete | Move)}
    for address in sorted(address for address in stuck if address.is_second_pass):
        change, plain = stuck[address], changes.get(address.first_pass)
        released = {item.field for item in plain.fields} if plain else set()
        held = [
            item
            for item in change.fields
            if item.field not in released and any(_object(ref) in deleted for ref in references(item.before))
        ]
        if held and isinstance(change, Update):
            return _released(change, held, stuck, plain)
    return ()


def _object(ref: Mapping[str, Any]) -> tuple[Any, Any]:
    return ref["kind"], ref.get("id")


def _released(change: Update, held: list[FieldChange], stuck: Changes, plain: Change | None) -> tuple[Change, ...]:
    """Return the change that releases, which is the object's own (`plain`) where it has one, and all that follow it."""
    gone = [replace(item, after=None) for item in held]
    first = _with(plain or _begun(change, stuck), gone)
    second = change.replace(depends_on=_needs(change, also=[first.address]))
    objects = {_object(ref) for item in held for ref in references(item.before)}
    freed = (
        other.replace(depends_on=_needs(other, but=[change.address], also=[first.address]))
        for other in stuck.values()
        if isinstance(other, Delete | Move) and (other.kind, other.netbox_id) in objects
    )
    return first, second, *freed


def _renamed_first(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Give one of the objects that take each other's names a temporary name that no other object wants: its key.

    Not one that waits for the same object to give up its key, too.
    """
    keys = key_holders(changes.values())
    named = {
        address: (change, item)
        for address, change in sorted(stuck.items())
        if isinstance(change, Update | Move) and (item := _name(change))
    }
    names = {address: item for address, (_, item) in named.items()}
    whole = (turn for turn in named.values() if not _gives_up(changes, turn[0]))
    turns = ((change, item, _holders(change, item, names)) for change, item in whole)
    turns = (turn for turn in turns if holder_of(turn[0], keys) not in turn[-1])
    found = (turn for turn in turns if turn[-1] and turn[0].address in _awaited(turn[0].address, stuck))
    for change, item, holders in found:
        return tuple(_in_two_steps(change, item, _free_name(change), holders, stuck, changes))
    return ()


def _takes_name(other: Change, name: FieldChange) -> bool:
    """Whether a change gives an object the name that another one gives up."""
    wanted = _name(other)
    return wanted is not None and _is_same(wanted.after, name.before)


def _nowhere_first(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Take the place off an object that waits for what is placed in it: NetBox binds nothing to no place."""
    holding = (item for _, item in sorted(stuck.items()) if isinstance(item, Update) and KINDS[item.kind].holds)
    moved = ((change, place) for change in holding if (place := place_change(change)) is not None)
    for change, place in (item for item in moved if item[0].address in _awaited(item[0].address, stuck)):
        holds = KINDS[change.kind].holds
        inside = [need for need in change.depends_on if need.kind in holds or leaves(changes[need], change)]
        return tuple(_in_two_steps(change, place, None, inside, stuck, changes))
    return ()


def _holders(change: Update | Move, name: FieldChange, names: Mapping[Address, FieldChange]) -> list[Address]:
    """Return what a change waits for because it has the name now."""
    waits = (need for need in change.depends_on if need in names and need.kind == change.kind)
    return [need for need in waits if _is_same(names[need].before, name.after)]


def _gives_up(changes: Changes, change: Update | Move) -> bool:
    """Whether a first step of an object takes its name off it already."""
    first = changes.get(change.address.first_pass)
    name = _name(first) if first else None
    return name is not None and name.after == _free_name(change)


def _name(change: Change) -> FieldChange | None:
    """Return how a change gives an object its name, also where it only keeps it in another cluster, or at another site.

    NetBox has a name once in each.
    """
    for item in change.fields:
        if item.field == _NAME:
            return item
    kept = change.last_applied.fields.get(_NAME) if isinstance(change, Update | Move) and change.last_applied else None
    beside = {name for natural in KINDS[change.kind].natural for name in natural.fields if _NAME in natural.fields}
    moves = kept is not None and any(item.field in beside for item in change.fields)
    return FieldChange(field=_NAME, before=kept, after=kept) if moves else None


def _free_name(change: Update | Move) -> str:
    return str(change.key or change.address.first_pass)[:_LONGEST_NAME]


def _is_same(one: Any, other: Any) -> bool:
    return str(one).casefold() == str(other).casefold()  # as NetBox compares names


def _awaited(address: Address, stuck: Changes) -> set[Address]:
    """Return everything that a change waits for, through others: itself, when it is in a cycle."""
    found: set[Address] = set()
    ahead = [address]
    while ahead:
        new = {need for need in stuck[ahead.pop()].depends_on if need in stuck} - found
        found |= new
        ahead += new
    return found


def _in_two_steps(  # noqa: PLR0913 # a change, and what it is cut out of
    change: Update | Move, cut: FieldChange, meanwhile: Any, holders: list[Address], stuck: Changes, changes: Changes
) -> Iterator[Change]:
    """Yield the step that gives a field a value for the meantime, the step that waits, and who waits for the first."""
    own = change.address.first_pass
    plain, links = changes.get(own), changes.get(own.second_pass)
    first = plain or _begun(change, stuck)
    yield _with(
        first.replace(fields=tuple(item for item in first.fields if item != cut)),
        [replace(cut, after=meanwhile)],
        but=holders,
    )
    second = links or second_step(change)
    fields = tuple(item for item in second.fields if item != cut)
    yield second.replace(fields=(*fields, cut), depends_on=_needs(second, also=[own, *holders]))
    if change.address != own:  # who waits for the value to be given up has it from the first step on
        for other in stuck.values():
            if change.address in other.depends_on and (cut.field != _NAME or _takes_name(other, cut)):
                yield other.replace(depends_on=_needs(other, but=[change.address], also=[own]))


def _begun(change: Update | Move, changes: Changes) -> Update | Move:
    """Return a change of the same object without any field, for a first step: it waits for nothing to refer to.

    Nothing but what was applied before is remembered then.
    """
    needs = _needs(change, but=_referred(change, changes))
    owned = change.ownership_before
    remembered = {"last_applied": owned.last_applied or LastApplied()} if owned and change.last_applied else {}
    return change.replace(address=change.address.first_pass, fields=(), depends_on=needs, **remembered)


def _referred(change: Change, changes: Changes) -> set[Address]:
    """Return the changes of what a change will refer to, by address or by NetBox id."""
    ids = {_object(ref) for item in change.fields for ref in references(item.after)}
    return targets(change.fields) | {address for address, other in changes.items() if _of(other) in ids}


def _of(change: Change) -> tuple[Any, Any]:
    return change.kind, change.target_id


def _with(change: Change, fields: Sequence[FieldChange], *, but: Collection[Address] = ()) -> Change:
    """Return a change that writes some fields, too, and does not wait for some others.

    Should the second step never come, it is still due: what is remembered is what the first one wrote.
    """
    written = {item.field: item.after for item in fields}
    last = getattr(change, "last_applied", None)
    remembered = {"last_applied": last.with_fields(written)} if last else {}
    return change.replace(fields=(*change.fields, *fields), depends_on=_needs(change, but=but), **remembered)


def _needs(change: Change, *, but: Collection[Address] = (), also: Iterable[Address] = ()) -> tuple[Address, ...]:
    """Return what a change depends on, without some of it and with more."""
    return tuple(sorted({address for address in change.depends_on if address not in but} | set(also)))
