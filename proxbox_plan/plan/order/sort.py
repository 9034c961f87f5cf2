"""Sort: changes in topological order; among those that are free, by kind and address, deletions last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import rank
from proxbox_plan.model.plan import Change, Delete

_Place = tuple[bool, int, Address]


def sort(changes: Mapping[Address, Change]) -> list[Change]:
    """Return the changes, each after what it depends on; those in a cycle, or behind one, are not among them."""
    waiting = {address: len(change.depends_on) for address, change in changes.items()}
    followers: dict[Address, list[Address]] = {}
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


def _place(changes: Mapping[Address, Change]) -> Callable[[Address], _Place]:
    def place(address: Address) -> _Place:
        change = changes[address]
        deletes = isinstance(change, Delete)
        return deletes, -rank(change.kind) if deletes else rank(change.kind), address

    return place
