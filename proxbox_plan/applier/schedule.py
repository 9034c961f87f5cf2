"""Schedule: which changes go out together next: full batches first, nothing before what it depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from proxbox_plan.model.plan import Action, Change

_METHODS = {Action.CREATE: "POST", Action.UPDATE: "PATCH", Action.ADOPT: "PATCH", Action.FORGET: "PATCH",
            Action.DELETE: "DELETE"}  # fmt: skip
Group = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one kind that go out in one request."""

    kind: str
    method: str
    changes: tuple[Change, ...]


@dataclass
class Schedule:
    """The changes that are left, and who waits for whom.

    A batch that is not full only goes out when all that is left of its kind and method is ready, or when nothing
    else is on the way: that keeps the number of requests close to the least possible.
    """

    size: int
    _waiting: dict[str, int] = field(default_factory=dict)
    _followers: dict[str, list[str]] = field(default_factory=dict)
    _ready: dict[Group, list[str]] = field(default_factory=dict)
    _left: dict[Group, int] = field(default_factory=dict)
    _changes: dict[str, Change] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[Change], landed: frozenset[str], size: int) -> Schedule:
        """Schedule the changes that have not landed yet."""
        schedule = cls(size)
        todo = [change for change in changes if change.address not in landed]
        schedule._changes = {change.address: change for change in todo}
        for change in todo:
            needs = [address for address in change.depends_on if address in schedule._changes]
            schedule._waiting[change.address] = len(needs)
            for address in needs:
                schedule._followers.setdefault(address, []).append(change.address)
            group = _group(change)
            schedule._left[group] = schedule._left.get(group, 0) + 1
            if not needs:
                schedule._ready.setdefault(group, []).append(change.address)
        return schedule

    def next(self, *, idle: bool) -> Batch | None:
        """Return the next batch, or null when it is better (or necessary) to wait. `idle`: nothing is on the way."""
        for group, ready in self._ready.items():
            if len(ready) >= self.size or len(ready) == self._left[group]:
                return self._take(group)
        if not idle:
            return None
        largest = max(self._ready, key=lambda group: len(self._ready[group]), default=None)
        return None if largest is None else self._take(largest)

    def _take(self, group: Group) -> Batch:
        ready = self._ready[group]
        taken, rest = ready[: self.size], ready[self.size :]
        if rest:
            self._ready[group] = rest
        else:
            del self._ready[group]
        self._left[group] -= len(taken)
        return Batch(group[0], group[1], tuple(self._changes[address] for address in taken))

    def again(self, changes: Iterable[Change]) -> None:
        """Put changes back: they did not land, and may be tried again."""
        for change in changes:
            group = _group(change)
            self._ready.setdefault(group, []).append(change.address)
            self._left[group] += 1

    def landed(self, address: str) -> None:
        """Let those go that waited for this change only."""
        for follower in self._followers.pop(address, ()):
            self._waiting[follower] -= 1
            if self._waiting[follower] == 0:
                self._ready.setdefault(_group(self._changes[follower]), []).append(follower)

    def failed(self, address: str) -> list[Change]:
        """Return what can't be done any more because this change did not land, and take it out."""
        blocked: list[Change] = []
        queue = [address]
        while queue:
            for follower in self._followers.pop(queue.pop(), ()):
                change = self._changes[follower]
                if self._waiting.pop(follower, None) is not None:
                    self._left[_group(change)] -= 1
                    blocked.append(change)
                    queue.append(follower)
        for follower in (change.address for change in blocked):
            self._forget(follower)
        return blocked

    def _forget(self, address: str) -> None:
        for followers in self._followers.values():
            while address in followers:
                followers.remove(address)


def _group(change: Change) -> Group:
    return change.kind, _METHODS[change.action]
