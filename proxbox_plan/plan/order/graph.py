"""Graph: which change must land before which, from the references between objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Forget, Move, Update
from proxbox_plan.plan.order.break_cycles import break_one
from proxbox_plan.plan.order.places import relocating
from proxbox_plan.plan.order.sort import sort
from proxbox_plan.plan.relations.dependents import ObjectId, children
from proxbox_plan.plan.relations.prerequisites import dependents, prerequisites
from proxbox_plan.plan.relations.references import mentioned, references

_MOST_CUTS = 3  # of one object: it gives up its name, then its references, and is created without others


def ordered(
    changes: Sequence[Change], waits: Mapping[Address, Iterable[Address]], inventory: Inventory
) -> list[Change]:
    """Return the changes with `depends_on` filled in, each after what it depends on.

    `waits` holds dependencies that no reference shows (a name that must be free first); the inventory says what
    hangs off an object that is deleted. What is missing cannot be ordered: the caller decides what becomes of it.
    """
    linked = {change.address: change for change in _link(changes, waits, inventory)}
    done = sort(linked)
    for _ in range(_MOST_CUTS * len(linked)):
        if len(done) == len(linked):
            break
        parts = break_one(linked, {change.address for change in done})
        if not parts:
            break
        linked |= {change.address: change for change in parts}
        done = sort(linked)
    return done


def _link(
    changes: Sequence[Change], waits: Mapping[Address, Iterable[Address]], inventory: Inventory
) -> Iterator[Change]:
    created = {change.address for change in changes if isinstance(change, Create)}
    planned = {change.address for change in changes}
    deleted = {change.address for change in changes if isinstance(change, Delete)}
    definitions = [change for change in changes if KINDS[change.kind].defines_ownership]
    ownership = tuple(sorted(change.address for change in definitions))
    extends = any(isinstance(change, Update) for change in definitions)
    releases = _releases(changes)
    depending = dependents(changes)
    reassigned = {(change.kind, change.target_id): change.address for change in changes if _is_reassigned(change)}
    carried = _carried(reassigned, inventory) | reassigned
    placed = {(change.kind, change.target_id): change.address for change in changes if _is_placed(change)}
    touching = _touching(changes)
    relocated = relocating(changes, inventory)
    hanging = children(inventory) if any(isinstance(change, Delete) for change in changes) else {}
    for change in changes:
        needs = {address for address in (*mentioned(change.fields), *prerequisites(change)) if address in created}
        needs |= _among(placed, change.fields)
        if change.address.is_second_pass and change.address.first_pass not in deleted:
            needs.add(change.address.first_pass)
        needs |= _among(carried, _parts_of_itself(change))
        if _gets_another_owner(change):
            needs |= releases.get((change.kind, change.target_id or 0), set())  # NetBox moves no primary address
        if isinstance(change, Delete):
            own = (change.kind, change.netbox_id)
            needs |= depending.get(change.address, set()) | {change.address.second_pass}
            needs |= releases.get(own, set())
            needs |= {address for child in hanging.get(own, ()) for address in touching.get(child, ())}
        needs.update(waits.get(change.address, ()))
        needs |= relocated.get(change.address, set())
        key = getattr(change, "key", None)
        if key is not None and (extends or not any(KINDS[address.kind].managed for address in needs)):
            needs.update(ownership)
        found = (address for address in needs if address in planned and address != change.address)
        yield change.replace(depends_on=tuple(sorted(found)))


def _is_reassigned(change: Change) -> bool:
    """Whether an object that exists gets another parent."""
    parent = KINDS[change.kind].parent
    return not isinstance(change, Create | Delete) and any(item.field == parent for item in change.fields)


def _carried(
    reassigned: Mapping[tuple[str, int | None], Address], inventory: Inventory
) -> dict[tuple[str, int | None], Address]:
    """Return what gets another machine with the interface that it is on, by what reassigns that."""
    found: dict[tuple[str, int | None], Address] = {}
    for kind in KINDS.values() if reassigned else ():
        if kind.parent and any(KINDS[name].parent for name in kind.field(kind.parent).to if name in KINDS):
            for row in inventory.kinds.get(kind.name, ()):
                parent = row.fields.get(kind.parent)
                on = (str(parent.get("kind")), parent.get("id")) if isinstance(parent, dict) else ("", None)
                if on in reassigned:
                    found[kind.name, row.id] = reassigned[on]
    return found


def _gets_another_owner(change: Change) -> bool:
    """Whether an object becomes another guest's, or is given back to people."""
    if not _is_reassigned(change):
        return False  # a machine that goes to another vmid takes all along
    owned = change.ownership_before if isinstance(change, Move) else None
    moves = owned is not None and change.key is not None and owned.key.machine != change.key.machine
    return moves or isinstance(change, Forget)


def _is_placed(change: Change) -> bool:
    """Whether an object that exists gets another place: NetBox compares it with that of what refers to the object.

    A machine's device must be in the machine's cluster already, whatever put it there.
    """
    if isinstance(change, Create | Delete) or change.address.is_second_pass:
        return False
    return any(ref for item in change.fields for value in (item.before, item.after) for ref in references(value))


def _parts_of_itself(change: Change) -> Iterator[FieldChange]:
    """Yield the fields that refer to parts of the object: NetBox takes a primary address only once it is assigned."""
    later = {field.name for field in KINDS[change.kind].fields if field.second_pass}
    return (item for item in change.fields if item.field in later)


def _among(writers: Mapping[tuple[str, int | None], Address], fields: Iterable[FieldChange]) -> set[Address]:
    """Return which of the writers write to what fields will refer to, by address or by NetBox id."""
    if not writers:
        return set()
    found = [ref for item in fields for ref in references(item.after)]
    named = {Address(ref["address"]) for ref in found if "address" in ref}.intersection(writers.values())
    return named | {writers[place] for ref in found if (place := (str(ref["kind"]), ref.get("id"))) in writers}


def _releases(changes: Iterable[Change]) -> dict[ObjectId, set[Address]]:
    """Which changes stop referring to an object: it can only be deleted after them.

    Of two of a kind that are deleted (a bond and its ports) the one that refers goes first: NetBox would write to it
    otherwise, and then refuse to delete what is not as it was when the plan was made. So does a VLAN of a group that is
    deleted, as NetBox deletes no group that has one.
    """
    found: dict[ObjectId, set[Address]] = {}
    for change in changes:
        for item in change.fields:
            for ref in references(item.before):
                stays = not isinstance(change, Delete)
                if isinstance(ref.get("id"), int) and (stays or _goes_before(change.kind, str(ref["kind"]))):
                    found.setdefault((str(ref["kind"]), ref["id"]), set()).add(change.address)
    return found


def _goes_before(kind: str, other: str) -> bool:
    """Whether of two that are deleted one that refers to the other goes first."""
    shared = KINDS[other].keyless and not KINDS[other].parent
    return kind == other or (shared and any(item.model == KINDS[kind].object_type for item in KINDS[other].relations))


def _touching(changes: Iterable[Change]) -> dict[ObjectId, list[Address]]:
    """Which changes write to an object that exists."""
    found: dict[ObjectId, list[Address]] = {}
    for change in changes:
        if change.target_id is not None:
            found.setdefault((change.kind, change.target_id), []).append(change.address)
    return found
