"""Schedule: which changes go out together next: full batches first, nothing before what it depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from proxbox_plan.model.kind import Kind
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
    else is on the way: that keeps the number of requests close to the least possible. What is full follows NetBox's
    answers: half of it when a request was too large or NetBox too busy, a little more with every one that worked.

    Two requests that write to the same objects, or let NetBox do so, are not on the way together: NetBox reads an
    object, checks it and writes all of it back, so that it would refuse the one, lose the other, or deadlock.
    """

    size: int
    touched: Mapping[Group, Mapping[str, bool]] = field(default_factory=dict)  # kind written to -> only counted in
    _largest: int = 0
    _waiting: dict[str, int] = field(default_factory=dict)
    _followers: dict[str, list[str]] = field(default_factory=dict)
    _ready: dict[Group, dict[str, None]] = field(default_factory=dict)
    _left: dict[Group, int] = field(default_factory=dict)
    _changes: dict[str, Change] = field(default_factory=dict)

    @classmethod
    def of(
        cls, changes: Iterable[Change], landed: frozenset[str], size: int, kinds: Mapping[str, Kind] | None = None
    ) -> Schedule:
        """Schedule the changes that have not landed yet."""
        schedule = cls(size, _touched(kinds or {}), size)
        todo = [change for change in changes if change.address not in landed]
        schedule._changes = {change.address: change for change in todo}
        for change in todo:
            needs = [address for address in change.depends_on if address in schedule._changes]
            for address in needs:
                schedule._followers.setdefault(address, []).append(change.address)
            group = _group(change)
            schedule._left[group] = schedule._left.get(group, 0) + 1
            if needs:
                schedule._waiting[change.address] = len(needs)
            else:
                schedule._ready.setdefault(group, {})[change.address] = None
        return schedule

    def next(self, running: Collection[Batch]) -> Batch | None:
        """Return the next batch, or null when it is better (or necessary) to wait. `running`: what is on the way."""
        sent = {(batch.kind, batch.method) for batch in running}
        free = [group for group in self._ready if not any(self._collide(group, other) for other in sent)]
        for group in free:
            if len(self._ready[group]) >= self.size or len(self._ready[group]) == self._left[group]:
                return self._take(group)
        if running or not free:
            return None
        return self._take(max(free, key=lambda group: len(self._ready[group])))

    def _collide(self, one: Group, other: Group) -> bool:
        """Whether they write to the same objects; two updates of one kind are about different ones."""
        mine, theirs = self.touched.get(one, {}), self.touched.get(other, {})
        shared = (mine.keys() & theirs.keys()) - ({one[0]} if one == other else set())
        in_order = one == other or one[1] == other[1] == "POST"  # NetBox comes to them in the same order
        return any(not (in_order and (mine[kind] or theirs[kind])) for kind in shared)

    def _take(self, group: Group) -> Batch:
        ready = self._ready[group]
        taken = tuple(islice(ready, self.size))
        for address in taken:
            del ready[address]
        if not ready:
            del self._ready[group]
        self._left[group] -= len(taken)
        return Batch(group[0], group[1], tuple(self._changes[address] for address in taken))

    def too_large(self, size: int) -> None:
        """Note that a request of so many changes was refused as too large: none will be as large again."""
        self._largest = max(1, min(self._largest, size // 2))
        self.size = min(self.size, self._largest)

    def too_busy(self) -> None:
        """Note that NetBox could not cope: send less at once until it can."""
        self.size = max(1, self.size // 2)

    def fine(self) -> None:
        """Note that a request worked."""
        self.size = min(self._largest, self.size + self.size // 4 + 1)

    def landed(self, address: str) -> None:
        """Let those go that waited for this change only."""
        self.remove(address)
        for follower in self._followers.pop(address, ()):
            if follower not in self._waiting:
                continue
            self._waiting[follower] -= 1
            if self._waiting[follower] == 0:
                del self._waiting[follower]
                self._ready.setdefault(_group(self._changes[follower]), {})[follower] = None

    def failed(self, address: str) -> list[Change]:
        """Return what can't be done any more because this change did not land; it is taken out with it."""
        self.remove(address)
        blocked: list[Change] = []
        queue = [address]
        while queue:
            for follower in self._followers.pop(queue.pop(), ()):
                if self.remove(follower):
                    blocked.append(self._changes[follower])
                    queue.append(follower)
        return blocked

    def remove(self, address: str) -> bool:
        """Take a change out that is not to be sent (any more); false when it was taken already."""
        change = self._changes.get(address)
        if change is None:
            return False
        group = _group(change)
        if self._waiting.pop(address, None) is None:
            ready = self._ready.get(group, {})
            if address not in ready:
                return False
            del ready[address]
            if not ready:
                del self._ready[group]
        self._left[group] -= 1
        return True


def _touched(kinds: Mapping[str, Kind]) -> Mapping[Group, Mapping[str, bool]]:
    """Return what each kind and method writes to: an update to its own kind, and all to what NetBox writes along."""
    found: dict[Group, dict[str, bool]] = {(name, "PATCH"): {name: False} for name in kinds}
    for kind in kinds.values():
        for item in kind.disturbs:
            for method in item.methods:
                found.setdefault((kind.name, method), {})[item.kind] = item.counts
    return found


def _group(change: Change) -> Group:
    return change.kind, _METHODS[change.action]
