"""Order: the last phase of planning: each change after what it depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from proxbox_plan.core.address import Address
from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Change
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.order.graph import ordered
from proxbox_plan.plan.order.keys import (
    before_machines,
    freed_along,
    holder_of,
    key_holders,
    with_cut_rings,
    with_heirs,
)
from proxbox_plan.plan.prune.feasible import frees, without
from proxbox_plan.plan.prune.prune import Pruned


@dataclass(frozen=True, slots=True)
class Ordered:
    """The whole difference, in an order that can be applied."""

    pruned: Pruned
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


def order(pruned: Pruned) -> Ordered:
    """Put the changes in order; those in a cycle are omitted, with all that depends on them."""
    estate = pruned.diffed.matched.estate
    changes, blocked = with_cut_rings(pruned.changes), dict(pruned.blocked)
    problems = dict.fromkeys(pruned.problems)
    while True:
        done = ordered(changes, _waits(pruned, changes), estate.inventory)
        placed = {change.address for change in done}
        lost = with_heirs([change for change in changes if change.address not in placed], changes)
        if not lost:
            break
        problems |= dict.fromkeys(map(_cycle, lost))
        changes, more = without(changes, {change.address for change in lost})
        blocked |= more
    problems |= dict.fromkeys(_skipped(blocked, {item.address for item in pruned.diffed.deferred}))
    return Ordered(pruned, tuple(done), tuple(problems))


def _waits(pruned: Pruned, changes: Sequence[Change]) -> Mapping[Address, list[Address]]:
    """Dependencies that no reference shows: a key, a name or an address that must be free first."""
    matched = pruned.diffed.matched
    by_row = {(change.kind, change.target_id): change.address for change in changes if frees(change)}
    waits: dict[Address, list[Address]] = {}
    for address, rows in matched.holders.items():
        kind = address.kind
        waits[address] = [by_row[kind, row.id] for row in rows if (kind, row.id) in by_row]
    for wanted in pruned.diffed.objects.values():
        if wanted.prerequisites:
            waits.setdefault(wanted.address, []).extend(wanted.prerequisites)
    holders = key_holders(changes)
    for change in changes:
        if (holder := holder_of(change, holders)) is not None:
            waits.setdefault(change.address, []).append(holder)
    for address, first in before_machines(changes):
        waits.setdefault(address, []).append(first)
    for address, holder in freed_along(changes, matched.estate):
        waits.setdefault(address, []).append(holder)
    return waits


def _skipped(blocked: Mapping[Address, Address], deferred: Collection[Address]) -> list[Problem]:
    """Return a problem per cause with what depends on it; the record of a skipped address is not mentioned."""
    waiting: dict[Address, list[Address]] = {}
    for address, root in sorted(blocked.items()):
        if address != root and not KINDS[address.kind].blocks_parent:
            waiting.setdefault(root, []).append(address)
    return [_blocked(root, addresses, deferred=root in deferred) for root, addresses in waiting.items()]


def _blocked(root: Address, addresses: Sequence[Address], *, deferred: bool) -> Problem:
    objects = (
        "1 object that depends on it is" if len(addresses) == 1 else f"{len(addresses)} objects that depend on it are"
    )
    message = f"Cannot create {root}; {objects} skipped: {listed(addresses)}"
    hint = "Fix the other problem of this object first."
    if deferred:
        hint = "It is deferred: the plan says what is incomplete, and why."
    return Problem(code=ProblemCode.BLOCKED, address=root, message=message, hint=hint)


def _cycle(change: Change) -> Problem:
    message = f"{change.kind} {change.name!r} is not planned: its change is in a dependency cycle"
    hint = "Rename one of the objects in Proxmox to break the cycle."
    return Problem(code=ProblemCode.BLOCKED, address=change.address, message=message, hint=hint)
