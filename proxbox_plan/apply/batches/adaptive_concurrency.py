"""Adaptive concurrency (AIMD): how many objects a request holds, and how many requests are in flight at once."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Group = tuple[str, str]  # kind and method: what costs about the same for each object

MOST_STAMPS = 50  # in the If-Match of a request: about 1,900 bytes, of the 4,096 that uWSGI takes as NetBox ships it
AT_FIRST = 25  # objects of a request before anything is known
SECONDS = 5.0  # a request should take: its fixed cost is negligible, and other requests need not wait for long
SECONDS_TO_LEARN = 1.0  # the same while levels are compared: a short comparison costs less
START = 2  # requests in flight before anything is known
_SAMPLES = 2  # requests at a level before it is compared
_PATIENCE = 3  # requests at a level that cannot be compared with anything, before it is left
_BETTER = 1.04  # how much more must get through at a level to be worth it: less is chance
_HOPELESS = 0.8  # of what gets through at the best level: one request is enough to see that
_WORSE = 0.95  # of it: fewer requests than otherwise are enough
_CONVINCING = 0.6  # of what more requests at once could bring: one request is enough to see that, too
_STEADY = 0.35  # how far from a level the number of requests in flight may be on average, to count for it
_FEWEST = 5  # objects of a request to learn from: with one, the request's fixed cost dominates
_FORGET = 100  # requests after which other levels are tried again: a server's load changes
_CALM = 10  # requests that work after NetBox was too busy, before more of them are tried


@dataclass(slots=True)
class InFlightRequest:
    """One request that is sent and not answered yet."""

    group: Group
    objects: int
    started: float
    area: float  # requests in flight, summed up over time until then


@dataclass(slots=True)
class _Mean:
    """Seconds per object of one group at one level: the newer ones count for more."""

    value: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.count += 1
        self.value += (value - self.value) / min(self.count, 4)


@dataclass
class AdaptiveConcurrency:
    """Finds, within its bounds, the number of requests in flight that gives the highest throughput.

    A request takes what NetBox needs for each of its objects, and longer when more requests are in flight than NetBox
    has processors for. So the seconds per object, of the same kind and method, are compared between levels: half as
    many requests more in flight, and less than half as much time more, is a gain. The levels above the first one are
    tried while they are better, and the one below when they are not. When NetBox is too busy, both the number of
    requests and their size are halved.
    """

    most_objects: int
    most_requests: int
    clock: Callable[[], float] = time.monotonic
    slots: int = 0
    _best: int = 0
    _scores: dict[int, float] = field(default_factory=dict)  # what gets through at a level, beside the best
    _gains: list[float] = field(default_factory=list)  # of the requests at the level that is tried
    _means: dict[Group, dict[int, _Mean]] = field(default_factory=dict)
    _last: dict[Group, _Mean] = field(default_factory=dict)
    _all: _Mean = field(default_factory=_Mean)
    _busy: int = 0
    _area: float = 0.0  # requests in flight, summed up over time
    _now: float = 0.0
    _since: int = 0  # requests since a level was chosen
    _backoff: float = 1.0  # factor of the size while NetBox is too busy
    _learning: bool = True

    def __post_init__(self) -> None:
        """Begin with few requests."""
        self._now = self.clock()
        self._begin_at(min(START, self.most_requests))

    def size(self, group: Group) -> int:
        """Return how many objects the next request of a group may hold."""
        each = self._each(group)
        wanted = AT_FIRST
        if each and self._learning:
            wanted = max(_FEWEST, int(SECONDS_TO_LEARN / each))
        elif each:
            wanted = int(SECONDS / each)
        most = self.most_objects if group[1] == "POST" else min(self.most_objects, MOST_STAMPS)
        return max(1, int(min(wanted, most) * self._backoff))

    def seconds(self, group: Group, objects: int) -> float:
        """Return how many seconds NetBox needs for so many objects; infinite when nothing is known."""
        each = self._each(group)
        return each * objects if each else math.inf

    def _each(self, group: Group) -> float:
        """Return the seconds an object takes, by what is known of its group, else of all; 0 when nothing is."""
        return self._last.get(group, self._all).value

    def begin(self, group: Group, objects: int) -> InFlightRequest:
        """Note that a request is sent."""
        self._count()
        self._busy += 1
        return InFlightRequest(group, objects, self._now, self._area)

    def end(self, request: InFlightRequest, *, worked: bool) -> None:
        """Note that a request was answered; one that did not work says nothing about the cost."""
        self._count()
        self._busy -= 1
        took = self._now - request.started
        if not worked or took <= 0:
            return
        self._backoff = min(1.0, self._backoff * 1.25)
        self._since += 1
        each = took / request.objects
        self._all.add(each)
        self._last.setdefault(request.group, _Mean()).add(each)
        level = (self._area - request.area) / took
        if not self._learning:
            self._learn_again()
        elif 2 * request.objects >= self.size(request.group) and abs(level - self.slots) <= _STEADY:
            self._learn(self._means.setdefault(request.group, {}), each)

    def too_large(self, size: int) -> None:
        """Note that a request of so many objects was refused as too large: none will be as large again."""
        self.most_objects = max(1, min(self.most_objects, size // 2))

    def too_busy(self) -> None:
        """Note that NetBox is overloaded: halve what is sent at once, until it copes again."""
        self._backoff = max(self._backoff / 2, 1 / self.most_objects)
        self._begin_at(max(1, self.slots // 2))
        self._learning, self._since = False, _FORGET - _CALM

    def _count(self) -> None:
        now = self.clock()
        self._area += self._busy * (now - self._now)
        self._now = now

    def _begin_at(self, level: int) -> None:
        """Forget what is known of levels, and use this one."""
        self._best, self._scores, self._means = level, {level: 1.0}, {}
        self._learning = self.most_requests > 1
        self._use(level)

    def _use(self, level: int) -> None:
        self.slots, self._since, self._gains = level, 0, []

    def _learn_again(self) -> None:
        if self._since > _FORGET:
            self._begin_at(self._best)

    def _learn(self, known: dict[int, _Mean], each: float) -> None:
        """Note what an object took in a request at the present level; `known` is what others of its group took."""
        known.setdefault(self.slots, _Mean()).add(each)
        if self.slots == self._best:
            if known[self._best].count >= _SAMPLES:
                self._try_next()
            return
        if base := self._base(known):
            self._gains.append((self.slots * base) / (self._best * each))
        gain = statistics.fmean(self._gains) if self._gains else 0.0
        if len(self._gains) >= self._samples(gain) or (self._gains and self._is_clear(gain)):
            self._judge(gain)
        elif not self._gains and self._since > _PATIENCE:
            self._use(self._best)

    def _samples(self, gain: float) -> int:
        """Return how many requests it takes to judge a level: one for each in flight, unless it is plainly worse."""
        return _SAMPLES if gain < _WORSE else max(_SAMPLES, self.slots)

    def _is_clear(self, gain: float) -> bool:
        """Whether one request is enough: hardly anything gets through, or most of what more of them could bring."""
        possible = self.slots / self._best - 1
        return gain < _HOPELESS or (possible > 0 and gain > 1 + _CONVINCING * possible)

    def _base(self, known: dict[int, _Mean]) -> float:
        """Return the seconds an object of a group takes at the best level, or would by what another one took; or 0."""
        for level in sorted(known, key=lambda level: level != self._best):
            if level in self._scores:
                return known[level].value * self._scores[level] * self._best / level
        return 0.0

    def _judge(self, gain: float) -> None:
        """Keep the level that was tried if it gets more through; of two that are about equal, the lower one."""
        if gain > (_BETTER if self.slots > self._best else 1 / _BETTER):
            self._scores = {level: score / gain for level, score in self._scores.items()} | {self.slots: 1.0}
            self._best = self.slots
        else:
            self._scores[self.slots] = gain
        self._try_next()

    def _try_next(self) -> None:
        """Try half as many requests more while that is better; one less when it never was."""
        best = self._best
        above = [level for level in self._scores if level > best]
        below = [level for level in self._scores if level < best]
        level = best
        if not above and best < self.most_requests:
            level = min(best + max(1, best // 2), self.most_requests)
        elif not below and best > 1:
            level = best - 1
        self._learning = level != best
        self._use(level)
