"""Pace: how many objects a request holds and how many requests are on the way, as NetBox's answers decide."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Group = tuple[str, str]  # kind and method: what costs about the same for each object

AT_FIRST = 25  # objects of the first request of a group: enough to learn from, few enough to lose little
SECONDS = 5.0  # that a request should take: its own cost is lost in it, and other requests need not wait for long
START = 2  # requests on the way before anything is known
_SAMPLES = 2  # requests of one group at one level before levels are compared
_BETTER = 1.04  # how much more must get through at a level to be worth it: less is chance
_STEADY = 0.35  # how far from a level the requests on the way may have been on average, to count for it
_LEAST = 5  # objects of a request that says something about the cost of one
_FORGET = 60  # requests after which levels that were worse are tried again: a server's load changes


@dataclass(slots=True)
class Trip:
    """One request on its way."""

    group: Group
    objects: int
    started: float
    area: float  # what `Pace` had counted then


@dataclass(slots=True)
class _Mean:
    """Seconds per object of one group at one level: the newer ones count for more."""

    value: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.count += 1
        self.value += (value - self.value) / min(self.count, 4)


@dataclass
class Pace:
    """Within its bounds it looks for what gets most objects through in a second.

    A request takes what NetBox needs for each of its objects, and longer when more requests are on the way than NetBox
    has processors for. So for each kind and method the seconds per object are compared between levels: with twice as
    many requests on the way, less than twice the time is a gain. The levels between are tried afterwards.
    """

    most_objects: int
    most_requests: int
    clock: Callable[[], float] = time.monotonic
    slots: int = 0
    _best: int = 0
    _tried: set[int] = field(default_factory=set)
    _means: dict[Group, dict[int, _Mean]] = field(default_factory=dict)
    _last: dict[Group, _Mean] = field(default_factory=dict)
    _floor: float = math.inf  # seconds of the quickest request: what a request costs at most without its objects
    _busy: int = 0
    _area: float = 0.0  # requests on the way, summed up over time
    _now: float = 0.0
    _since: int = 0  # requests since the best level was found
    _brake: float = 1.0  # what is taken of the size while NetBox is too busy

    def __post_init__(self) -> None:
        """Begin with few requests."""
        self.slots = self._best = min(START, self.most_requests)
        self._tried.add(self._best)
        self._now = self.clock()

    def size(self, group: Group) -> int:
        """Return how many objects the next request of a group may hold."""
        known = self._last.get(group)
        wanted = AT_FIRST if known is None else SECONDS / max(known.value, 1e-6)
        return max(1, int(min(wanted, self.most_objects) * self._brake))

    def seconds(self, group: Group, objects: int) -> float:
        """Return how long NetBox is at work on so many objects, as far as that is known."""
        known = self._last.get(group)
        return math.inf if known is None else known.value * objects

    def begin(self, group: Group, objects: int) -> Trip:
        """Note that a request is sent."""
        self._count()
        self._busy += 1
        return Trip(group, objects, self._now, self._area)

    def end(self, trip: Trip, *, worked: bool) -> None:
        """Note that a request was answered; one that did not work says nothing about the cost."""
        self._count()
        self._busy -= 1
        took = self._now - trip.started
        if not worked:
            return
        self._brake = min(1.0, self._brake * 1.25)
        self._floor = min(self._floor, took)
        if trip.objects < min(_LEAST, self.most_objects) or took <= 0:
            return
        self._learn(trip, max(took - self._floor, took / 10) / trip.objects, (self._area - trip.area) / took)

    def too_large(self, size: int) -> None:
        """Note that a request of so many objects was refused as too large: none will be as large again."""
        self.most_objects = max(1, min(self.most_objects, size // 2))

    def too_busy(self) -> None:
        """Note that NetBox could not cope: send less at once until it can."""
        self._brake = max(self._brake / 2, 1 / self.most_objects)
        self._best = self.slots = max(1, self.slots // 2)
        self._tried |= set(range(self._best, self.most_requests + 1))
        self._since = 0

    def _count(self) -> None:
        now = self.clock()
        self._area += self._busy * (now - self._now)
        self._now = now

    def _learn(self, trip: Trip, each: float, level: float) -> None:
        self._last.setdefault(trip.group, _Mean()).add(each)
        self._since += 1
        if self._since > _FORGET:
            self._since, self._tried = 0, {self._best}
            self._means.clear()
        if abs(level - self.slots) > _STEADY:
            return
        self._means.setdefault(trip.group, {}).setdefault(self.slots, _Mean()).add(each)
        if self.slots == self._best:
            if self._means[trip.group][self.slots].count >= _SAMPLES:
                self.slots = next(self._untried(), self._best)
        else:
            self._compare(trip.group)

    def _compare(self, group: Group) -> None:
        """Keep the level that is tried if more gets through; without something to compare with, go back for it."""
        means = self._means[group]
        if self._best not in means:
            self.slots = self._best
            return
        if means[self.slots].count < max(_SAMPLES, self.slots // 2):
            return
        self._tried.add(self.slots)
        gain = (self.slots / means[self.slots].value) / (self._best / means[self._best].value)
        if gain > (_BETTER if self.slots > self._best else 1.0):
            self._best = self.slots
        self._since = 0
        self.slots = next(self._untried(), self._best)

    def _untried(self) -> Iterator[int]:
        """Yield what to try next: twice the best, half of it, then what is between it and its neighbours."""
        best = self._best
        above = min((level for level in self._tried if level > best), default=None)
        below = max((level for level in self._tried if level < best), default=None)
        if above is None and best < self.most_requests:
            yield min(2 * best, self.most_requests)
        if above is not None and above - best > 1:
            yield (best + above) // 2
        if below is not None and best - below > 1:
            yield (best + below) // 2
        if below is None and best > 1:
            yield max(1, best // 2)
