"""Schedule: which changes share the next request: none before what it depends on, the longest chain first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import assert_never

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency, Group
from proxbox_plan.model.kind import FieldType, Kind
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, Forget, Move, Update
from proxbox_plan.model.reference import Ref

_WORTH = 0.5  # seconds of work that are worth a request of their own while NetBox could do more
_FEW = 20  # changes that share one object and are worth a request of their own

Token = tuple[str, int | str]  # an object that NetBox writes along: its kind, and its id or address


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one kind that go out in one request."""

    kind: str
    method: str
    changes: tuple[Change, ...]
    tokens: frozenset[Token] = frozenset()


@dataclass
class Schedule:
    """The changes that are not sent yet, and what each of them waits for.

    While NetBox can do more, a batch is sent when it is full, when it is all there is of its kind and method, or when
    it is worth a request of its own; a smaller one waits for more changes, until nothing else is in flight. Of several,
    the one that the longest chain of others waits for is sent first.

    Two requests that write to the same objects, or let NetBox do so, are never in flight together: NetBox reads an
    object, checks it and writes all of it back, so that it would refuse one, lose the other, or deadlock. Which objects
    NetBox writes along with creations is known exactly, so two creations may be in flight that share none of them.
    """

    concurrency: AdaptiveConcurrency
    touched: Mapping[Group, Mapping[str, bool]] = field(default_factory=dict)  # kind written to -> only counted in
    _waiting: dict[str, int] = field(default_factory=dict)
    _inner: dict[str, int] = field(default_factory=dict)  # of these, what each waits for in its own group
    _followers: dict[str, list[str]] = field(default_factory=dict)
    _ready: dict[Group, dict[str, None]] = field(default_factory=dict)
    _coming: dict[Group, int] = field(default_factory=dict)  # waiting changes that others than their group hold back
    _changes: dict[str, Change] = field(default_factory=dict)
    _heights: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, frozenset[Token]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)  # in the plan

    @classmethod
    def of(
        cls,
        changes: Iterable[Change],
        landed: frozenset[str],
        concurrency: AdaptiveConcurrency,
        kinds: Mapping[str, Kind] | None = None,
    ) -> Schedule:
        """Schedule the changes that have not landed yet."""
        schedule = cls(concurrency, _touched(kinds or {}))
        todo = [change for change in changes if change.address not in landed]
        schedule._changes = {change.address: change for change in todo}
        schedule._places = {change.address: place for place, change in enumerate(todo)}
        for change in todo:
            schedule._add(change)
        for change in reversed(todo):
            height = schedule._heights.setdefault(change.address, 0)
            for address in change.depends_on:
                if address in schedule._changes:
                    schedule._heights[address] = max(schedule._heights.get(address, 0), height + 1)
        return schedule

    def _add(self, change: Change) -> None:
        group = _group(change)
        if along := self._along(group):
            self._tokens[change.address] = _tokens(change, along)
        needs = [address for address in change.depends_on if address in self._changes]
        for address in needs:
            self._followers.setdefault(address, []).append(change.address)
        if not needs:
            self._ready.setdefault(group, {})[change.address] = None
            return
        self._waiting[change.address] = len(needs)
        inner = sum(_group(self._changes[address]) == group for address in needs)
        if inner:
            self._inner[change.address] = inner
        else:
            self._coming[group] = self._coming.get(group, 0) + 1

    def next(self, running: Collection[Batch]) -> Batch | None:
        """Return the next batch, or null when it is better (or necessary) to wait. `running`: what is in flight."""
        sent = {(batch.kind, batch.method) for batch in running}
        free = [group for group in self._ready if not any(self._collide(group, other) for other in sent)]
        free.sort(key=self._urgency, reverse=True)
        spare = max(1, self.concurrency.slots - len(running))
        for group in free:
            if batch := self._batch(group, running, spare if len(free) == 1 else 1):
                return batch
        if running or not free:
            return None
        most = max(free, key=lambda group: len(self._ready[group]))
        return self._take(most, (), self.concurrency.size(most))

    def _urgency(self, group: Group) -> tuple[int, int]:
        ready = self._ready[group]
        return self._heights[next(iter(ready))], len(ready)

    def _batch(self, group: Group, running: Collection[Batch], spare: int) -> Batch | None:
        """Return a batch of a group if it is worth a request now; `spare` requests could share what is ready."""
        ready = len(self._ready[group])
        size = self.concurrency.size(group)
        if spare > 1 and self.concurrency.seconds(group, ready) > spare * _WORTH:
            size = min(size, -(-ready // spare))
        if ready < size and self._coming.get(group) and self.concurrency.seconds(group, ready) < _WORTH:
            return None
        mates = [batch for batch in running if (batch.kind, batch.method) == group]
        batch = self._take(group, mates, size)
        return batch if batch.changes else None

    def _collide(self, one: Group, other: Group) -> bool:
        """Whether they write to the same objects; two updates of one kind are about different ones."""
        if one == other and one[1] == "POST":
            return False  # as far as they share no token
        mine, theirs = self.touched.get(one, {}), self.touched.get(other, {})
        shared = (mine.keys() & theirs.keys()) - ({one[0]} if one == other else set())
        in_order = one == other or one[1] == other[1] == "POST"  # NetBox comes to them in the same order
        return any(not (in_order and (mine[kind] or theirs[kind])) for kind in shared)

    def _take(self, group: Group, running: Iterable[Batch], size: int) -> Batch:
        """Take a batch that shares nothing with those of its group; it is empty when all that is ready does."""
        held = frozenset[Token]().union(*(batch.tokens for batch in running))
        ready = self._ready[group]
        # In the order of the plan, whatever became ready first: two requests that count in the same objects lock them
        # in the same order, so that they wait for each other and don't deadlock.
        taken = sorted(self._chosen(group, held, size), key=self._places.__getitem__)
        tokens = frozenset(token for address in taken for token in self._tokens.get(address, ()))
        for address in taken:
            del ready[address]
        if not ready:
            del self._ready[group]
        return Batch(group[0], group[1], tuple(self._changes[address] for address in taken), tokens)

    def _chosen(self, group: Group, held: frozenset[Token], size: int) -> list[str]:
        """Choose what shares the first one's objects, and others only when those are few: the rest is for others."""
        ready = self._ready[group]
        if not self._along(group):
            return list(islice(ready, size))
        able = [address for address in ready if not self._tokens[address] & held]
        same = [address for address in able if self._tokens[address] == self._tokens[able[0]]]
        return (same if len(same) >= _FEW else able)[:size]

    def _along(self, group: Group) -> frozenset[str]:
        """Return the kinds whose objects NetBox writes along with creations, and does not only count in."""
        touched = self.touched.get(group, {}) if group[1] == "POST" else {}
        return frozenset(kind for kind, counts in touched.items() if not counts)

    def landed(self, address: str) -> None:
        """Release the changes that waited for this one only."""
        self.remove(address)
        for follower in self._followers.pop(address, ()):
            if follower in self._waiting:
                self._wait_less(follower, address)

    def _wait_less(self, address: str, need: str) -> None:
        """Note that a change need not wait for another one any more."""
        group = _group(self._changes[address])
        if group == _group(self._changes[need]):
            self._inner[address] -= 1
            if self._inner[address] == 0:
                del self._inner[address]
                self._coming[group] = self._coming.get(group, 0) + 1
        self._waiting[address] -= 1
        if self._waiting[address] == 0:
            self._wait_no_more(address, group)
            self._ready.setdefault(group, {})[address] = None

    def _wait_no_more(self, address: str, group: Group) -> None:
        del self._waiting[address]
        if self._inner.pop(address, 0) == 0:
            self._coming[group] -= 1

    def failed(self, address: str) -> list[Change]:
        """Return the changes that depend on one that did not land; they are taken out with it."""
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
        """Take out a change that is not to be sent; false when it was taken already."""
        group = _group(self._changes[address])
        if address in self._waiting:
            self._wait_no_more(address, group)
        else:
            ready = self._ready.get(group, {})
            if address not in ready:
                return False
            del ready[address]
            if not ready:
                del self._ready[group]
        return True


def _touched(kinds: Mapping[str, Kind]) -> Mapping[Group, Mapping[str, bool]]:
    """Return what each kind and method writes to: an update to its own kind, and all to what NetBox writes along.

    What a creation refers to is locked at its end, against deletion: an update of that locks it, too, but in another
    order, and both would deadlock. So it counts as what is only counted in.
    """
    found: dict[Group, dict[str, bool]] = {(name, "PATCH"): {name: False} for name in kinds}
    for kind in kinds.values():
        referring = (item for item in kind.fields if item.type in (FieldType.REF, FieldType.REFS))
        found[kind.name, "POST"] = {other: True for item in referring for other in item.to}
        for item in kind.disturbs:
            for method in item.methods:
                found.setdefault((kind.name, method), {})[item.kind] = item.counts
    return found


def method_of(change: Change) -> str:
    """Return the HTTP method of a change."""
    match change:
        case Create():
            return "POST"
        case Update() | Adopt() | Move() | Forget():
            return "PATCH"
        case Delete():
            return "DELETE"
        case _:
            assert_never(change)


def _group(change: Change) -> Group:
    return change.kind, method_of(change)


def _tokens(change: Change, kinds: Collection[str]) -> frozenset[Token]:
    """Return which objects of some kinds a creation refers to."""
    values = (field.after for field in change.fields if isinstance(field.after, dict))
    refs = (Ref.from_json(value) for value in values if value.get("kind") in kinds)
    return frozenset((ref.kind, ref.id or ref.address or "") for ref in refs)
