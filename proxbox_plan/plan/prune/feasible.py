"""Feasible: omits changes that are not possible now, with all that depends on them, and reports each cause once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ADDRESS, GUEST, KINDS
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.plan import Change, Create, Delete, Forget, Move, Reason, Update
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.prune.primaries import with_released_primaries
from proxbox_plan.plan.prune.required import missing_values, refused_changes
from proxbox_plan.plan.relations.dependents import held_deletes, with_along, without_implicit
from proxbox_plan.plan.relations.holders import holds_others
from proxbox_plan.plan.relations.references import mentioned, references


@dataclass(frozen=True, slots=True)
class Feasible:
    """Changes that can be made, what is blocked by which problem, and the problems."""

    changes: tuple[Change, ...]
    blocked: Mapping[Address, Address]
    problems: tuple[Problem, ...]


def feasible(
    matched: Matched, changes: Sequence[Change], blocked: Mapping[Address, Address], problems: Sequence[Problem]
) -> Feasible:
    """Return the changes that can be made; a problem explains each of the omitted ones."""
    work = _Work(matched, tuple(changes), dict(blocked), dict.fromkeys(problems))
    while True:  # what one of them omits may be what another one counted on
        before = work.changes
        _omit_refused(work)
        _keep_held(work)
        _free_keys(work)
        _free_names(work)
        _release_primaries(work)
        if work.changes == before:
            break
    work.changes = without_implicit(work.changes, matched.estate.inventory)
    work.changes = with_along(_without_unused(work.changes), matched.estate.inventory)
    return Feasible(work.changes, work.blocked, tuple(work.problems))


def without(
    changes: Sequence[Change], dropped: AbstractSet[Address]
) -> tuple[tuple[Change, ...], Mapping[Address, Address]]:
    """Omit changes, and with them everything that refers to an object which is then not created.

    Return what is left, and what is blocked by which of the dropped.
    """
    created = {change.address for change in changes if isinstance(change, Create)}
    moved = {change.address for change in changes if isinstance(change, Move)}
    roots = {address: address for address in dropped}
    while True:
        gone, left = roots.keys() & created, roots.keys() & moved
        more = {change.address: _needed(change, gone, left) for change in changes if change.address not in roots}
        found = {address: roots[need] for address, need in more.items() if need is not None}
        if not found:
            break
        roots |= found
    blocked = {address.first_pass: root for address, root in roots.items()}
    left = roots.keys() | {address.second_pass for address in roots}
    return tuple(change for change in changes if change.address not in left), blocked


def given_up(change: Change) -> Key | None:
    """Return the key that an object carries before a change, and no longer after it."""
    before = change.ownership_before if isinstance(change, Update | Move | Delete | Forget) else None
    if before is None or (not isinstance(change, Delete) and change.key == before.key):
        return None
    return before.key


def frees(change: Change) -> bool:
    """Whether a change gives up a natural key: the object goes, takes another name, or a role that shares it."""
    kind = KINDS[change.kind]
    natural = {name for item in kind.natural for name in item.fields}
    if isinstance(change, Delete) or any(item.field in natural for item in change.fields):
        return True
    return any(item.field == "role" and item.after in kind.shared_roles for item in change.fields if kind.shared_roles)


@dataclass
class _Work:
    """What is still feasible while it is worked out."""

    matched: Matched
    changes: tuple[Change, ...]
    blocked: dict[Address, Address]
    problems: dict[Problem, None] = field(default_factory=dict)

    def report(self, code: ProblemCode, address: Address, message: str, hint: str) -> None:
        self.problems[Problem(code=code, address=address, message=message, hint=hint)] = None

    def drop(self, addresses: AbstractSet[Address]) -> None:
        if addresses:
            self.changes, more = without(self.changes, addresses)
            self.blocked |= more


def _omit_refused(work: _Work) -> None:
    """Omit changes of objects that lack a value which NetBox requires."""
    refused = refused_changes(work.matched.index, work.changes)
    work.problems |= dict.fromkeys(missing_values(refused))
    work.drop(refused.keys())


def _keep_held(work: _Work) -> None:
    """Omit deletes that would cost objects that are not ours, or that stay, or a successor that cannot be."""
    blocked = work.matched.blocked
    needed = {(at.kind, row.id) for at, rows in work.matched.holders.items() if at in blocked for row in rows}
    work.changes = tuple(
        change
        for change in work.changes
        if not (
            isinstance(change, Delete) and change.kind == ADDRESS.name and (change.kind, change.netbox_id) in needed
        )
    )
    held = held_deletes(work.changes, work.matched.estate.inventory)
    for address, holders in held.items():
        work.problems[holds_others(address, holders)] = None
    stays = {at.key for at in held if KINDS[at.kind].documents}
    needed |= {(at.kind, row.id) for at, rows in work.matched.holders.items() for row in rows}
    work.changes = tuple(
        change
        for change in work.changes
        if change.address not in held
        and not (
            isinstance(change, Delete)
            and change.reason is Reason.PARENT_GONE
            and change.address.key.machine in stays
            and (change.kind, change.netbox_id) not in needed
        )
    )


def _free_keys(work: _Work) -> None:
    """Omit all changes of a guest whose key something else keeps: two objects cannot have one key.

    The guest that had its vmid before makes room as a whole or not yet, and not for one that does not come.
    """
    planned = {change.address: change for change in work.changes}
    held: dict[Address, tuple[Address, Row] | None] = {}
    for address, row in sorted(work.matched.replaced.items()):
        if isinstance(planned.get(address.replaced), Forget):
            continue
        comes, goes = address in planned, address.replaced in planned
        if comes and not goes:
            held.setdefault(GUEST.address(address.key.owner), (address, row))
        elif address.kind == GUEST.name and not comes:
            held.setdefault(address, None)
    for address, row in tuple(_kept_keys(work)):
        if address.kind == GUEST.name:
            held.setdefault(address, (address, row))
        else:
            work.drop({address})
            _report_kept(work, address, address, row)
    for guest, kept in held.items():
        if kept is not None:
            _report_kept(work, guest, *kept)
    work.drop(held.keys())
    owners = {guest.key for guest in held}
    work.changes = tuple(change for change in work.changes if change.address.key.owner not in owners)


def _report_kept(work: _Work, about: Address, address: Address, row: Row) -> None:
    work.report(
        ProblemCode.BLOCKED,
        about,
        f"Another guest has this vmid now, but {address.kind} {row.name!r} (id {row.id}) of the former guest stays",
        "Remove the protecting tag or proxbox_key from that object, or delete it in NetBox; then plan again.",
    )


def _kept_keys(work: _Work) -> Iterator[tuple[Address, Row]]:
    """Yield what gets a key that another object has, and keeps."""
    given = {(change.kind, change.target_id) for change in work.changes if given_up(change) is not None}
    for change in work.changes:
        if change.key is None or isinstance(change, Delete | Forget) or change.address.key.sort not in GUEST_TYPES:
            continue
        if change.target_id is None and change.address.is_second_pass:  # of what gets the key
            continue
        row = work.matched.estate.row(change.kind, change.key)
        if row is not None and row.id != change.target_id and (change.kind, row.id) not in given:
            yield change.address, row


def _free_names(work: _Work) -> None:
    """Omit changes whose name or address one of our objects keeps; the others wait until it is free."""
    while held := _held(work):  # an omitted change does not free its own name any more
        for address, row in held.items():
            kind = KINDS[address.kind]
            work.report(
                ProblemCode(kind.conflict),
                address,
                f"{kind.name} {row.name!r} is still documented at {row.key or ''}, which is not proven absent",
                "Correct the other object, or collect again until it is read completely; then plan again.",
            )
        work.drop(held.keys())


def _release_primaries(work: _Work) -> None:
    """Let machines give up primary addresses that others get, and omit these moves where they cannot."""
    work.changes, kept = with_released_primaries(work.matched, work.changes, work.blocked)
    for address, guest in kept.items():
        work.report(
            ProblemCode.ADDRESS_CONFLICT,
            address,
            f"{address.key.last} is another guest's in Proxmox, and still the primary address of {guest.name!r} in "
            "NetBox, which is left alone",
            "Correct the other problem of that machine, or give it another primary address; then plan again.",
        )
    work.drop(kept.keys())


def _held(work: _Work) -> dict[Address, Row]:
    """Return the changes whose natural key an object of ours holds that does not give it up."""
    moving = {(change.kind, change.target_id) for change in work.changes if frees(change)}
    planned = {change.address for change in work.changes}
    return {
        address: row
        for address, rows in work.matched.holders.items()
        for row in rows
        if address in planned and (address.kind, row.id) not in moving
    }


def _without_unused(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Omit support objects that no change refers to: where people gave another role, ours is not needed."""
    left = tuple(changes)
    while True:
        used = {address for change in left for address in mentioned(change.fields)}
        kept = tuple(change for change in left if change.address in used or not _is_for_others(change))
        if len(kept) == len(left):
            return kept
        left = kept


def _is_for_others(change: Change) -> bool:
    """Whether an object is only created because others need it."""
    kind = KINDS[change.kind]
    return isinstance(change, Create) and kind.support and not kind.defines_ownership


def _needed(change: Change, gone: AbstractSet[Address], unmoved: AbstractSet[Address]) -> Address | None:
    """Return the first object that a change refers to of those that are not there then, or not a part of it."""
    parts = {item.name for item in KINDS[change.kind].fields if item.second_pass} if unmoved else ()
    refs = ((item.field in parts, ref.get("address")) for item in change.fields for ref in references(item.after))
    return next((Address(ref) for part, ref in refs if ref in gone or (part and ref in unmoved)), None)
