"""Ordering: which change must land before which, from the references between objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import LINKS, Action, Change
from proxbox_plan.plan.match.rows import rank, references
from proxbox_plan.plan.order.cascade_delete import children
from proxbox_plan.plan.order.cycles import cut
from proxbox_plan.plan.order.prerequisites import standing_on, supports
from proxbox_plan.plan.order.steps import targets

_MOST_CUTS = 3  # of one object: it gives up its name, then its references, and is created without others


def order(changes: list[Change], waits: Mapping[str, Iterable[str]], inventory: Inventory) -> list[Change]:
    """Return the changes with `depends_on` filled in, each after what it depends on.

    `waits` holds dependencies that no reference shows (a name that must be free first); the inventory says what
    hangs off an object that is deleted.
    """
    linked = {change.address: change for change in _link(changes, waits, inventory)}
    done = _sort(linked)
    for _ in range(_MOST_CUTS * len(linked)):
        if len(done) == len(linked):
            break
        parts = cut(linked, {change.address for change in done})
        if not parts:
            break
        linked |= {change.address: change for change in parts}
        done = _sort(linked)
    return done  # what is missing can't be ordered, so it is left to the caller to drop


def _link(changes: list[Change], waits: Mapping[str, Iterable[str]], inventory: Inventory) -> Iterator[Change]:
    created = {change.address for change in changes if change.action is Action.CREATE}
    planned = {change.address for change in changes}
    marks = tuple(sorted(change.address for change in changes if change.kind == "custom-field"))
    extends = any(change.kind == "custom-field" and change.action is Action.UPDATE for change in changes)
    releases = _releases(changes)
    standing = standing_on(changes)
    touching = _touching(changes)
    hanging = children(inventory) if any(change.action is Action.DELETE for change in changes) else {}
    for change in changes:
        needs = {address for address in (*_needs(change), *supports(change)) if address in created}
        if change.address.endswith(LINKS):
            needs.add(change.address.removesuffix(LINKS))
        if change.action is Action.DELETE:
            needs |= standing.get(change.address, set())
            needs |= releases.get((change.kind, change.netbox_id or 0), set())
            held = hanging.get((change.kind, change.netbox_id or 0), ())
            needs |= {address for child in held for address in touching.get(child, ())}
        needs.update(waits.get(change.address, ()))
        if change.key is not None and (extends or not any(_is_marked(address) for address in needs)):
            needs.update(marks)
        found = (address for address in needs if address in planned and address != change.address)
        yield change.model_copy(update={"depends_on": tuple(sorted(found))})


def _is_marked(address: str) -> bool:
    return KINDS[address.partition(":")[0]].marked


def _needs(change: Change) -> Iterator[str]:
    """Addresses a change refers to: they must exist first."""
    for field in change.fields:
        if field.field == "tags":
            yield from (f"tag:{slug}" for slug in field.after or ())
    yield from targets(change.fields)


def _releases(changes: list[Change]) -> dict[tuple[str, int], set[str]]:
    """Which changes stop referring to an object: it can only be deleted after them.

    Of two of a kind that are deleted (a bond and its ports) the one that refers goes first: NetBox would write to it
    otherwise, and then refuse to delete what is not as it was when the plan was made.
    """
    found: dict[tuple[str, int], set[str]] = {}
    for change in changes:
        for field in change.fields:
            for ref in references(field.before):
                stays = change.action is not Action.DELETE
                if isinstance(ref.get("id"), int) and (stays or ref["kind"] == change.kind):
                    found.setdefault((str(ref["kind"]), ref["id"]), set()).add(change.address)
    return found


def _touching(changes: list[Change]) -> dict[tuple[str, int], list[str]]:
    """Which changes write to an object that exists."""
    found: dict[tuple[str, int], list[str]] = {}
    for change in changes:
        if change.netbox_id is not None:
            found.setdefault((change.kind, change.netbox_id), []).append(change.address)
    return found


def _sort(changes: Mapping[str, Change]) -> list[Change]:
    """Sort topologically; among those that are free, by kind and address, deletions last."""
    waiting = {address: len(change.depends_on) for address, change in changes.items()}
    followers: dict[str, list[str]] = {}
    for address, change in changes.items():
        for need in change.depends_on:
            followers.setdefault(need, []).append(address)
    place = _place(changes)
    free = [place(address) for address, count in waiting.items() if count == 0]
    heapify(free)
    done: list[Change] = []
    while free:
        address = heappop(free)[-1]
        done.append(changes[address])
        for follower in followers.get(address, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heappush(free, place(follower))
    return done


def _place(changes: Mapping[str, Change]) -> Callable[[str], tuple[bool, int, str]]:
    def place(address: str) -> tuple[bool, int, str]:
        change = changes[address]
        deletes = change.action is Action.DELETE
        return deletes, -rank(change.kind) if deletes else rank(change.kind), address

    return place
