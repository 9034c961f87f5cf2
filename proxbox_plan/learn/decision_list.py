"""Decision list: the rules for one key of `set`, of which the first that a guest meets gives the value.

The list grows greedily by the rule that corrects the most guests: before all others, as an exception of theirs, or
after them, for what they leave. What corrects too little is noise. At the end each rule that is hardly missed goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from proxbox_plan.learn.candidates import MIN_SUPPORT, Candidate, pairs

MIN_PRECISION: Final = 0.9
"""Share of the guests of a rule that it must be right about."""
FORGIVEN_FROM: Final = 5
"""Guests from which on a rule may be wrong about one more: two mistakes among ten guests are not rare."""
MIN_SHARE: Final = 0.5
"""The same of all guests that meet its condition, where earlier rules take the others: its condition is about them."""
MIN_GAIN: Final = 2
"""Guests that a rule must correct, less those that it makes wrong."""
MIN_GAIN_OF_PAIRS: Final = 3
"""The same of a rule with two conditions: there are so many that some fit by chance."""
COINCIDENCE: Final = 0.05
"""Most rules with two conditions that may be expected to fit by chance, as many as were tried."""
DEFAULT_SHARE: Final = 0.5
"""Share of the guests that must have a value, and that it must correct, for it to be what all without a rule get."""
MIN_REST: Final = 0.1
"""Share of the guests that must be without a rule for what nearly all of them have to be the same."""
_PROMISING: Final = 40  # conditions that are combined in pairs, for one value


class Entry(NamedTuple):
    """A rule for one key: who meets the condition gets the value."""

    candidate: Candidate
    value: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What NetBox says of one key: sets of guests, as numbers with a bit for each."""

    known: int  # guests that teach something
    having: Mapping[str, int]  # value -> those that have it
    settled: int  # those that are right without a rule


@dataclass(frozen=True, slots=True)
class DecisionList:
    """Rules in the order they are tried, and the value of all others; null for none."""

    entries: tuple[Entry, ...] = ()
    default: str | None = None


class _Move(NamedTuple):
    gain: int
    entry: Entry
    first: bool  # before all others, else after them


def learned(lesson: Lesson, found: Sequence[Candidate], used: Collection[Candidate]) -> DecisionList:
    """Return the rules for one key; of two that correct as many guests, a condition that is used already wins."""
    default = _usual(lesson)
    entries = _grown(_Fit(lesson, default, used), (), found)
    default = default or _of_rest(lesson, entries)
    fit = _Fit(lesson, default, used)
    entries = _grown(fit, entries, [*found, *_combined(fit, entries, found)])
    entries = _pruned(fit, entries)
    missed = fit.right(entries).bit_count() - _Fit(lesson, None, used).right(entries).bit_count()
    return DecisionList(entries, default if missed >= MIN_GAIN else None)


def _usual(lesson: Lesson) -> str | None:
    """Return the value that most guests have and the configuration does not give them; null when there is none."""
    most = DEFAULT_SHARE * lesson.known.bit_count()
    for value, having in lesson.having.items():
        corrected = having.bit_count() - lesson.settled.bit_count()
        if having.bit_count() > most and corrected >= max(most, MIN_GAIN):
            return value
    return None


def _of_rest(lesson: Lesson, entries: Sequence[Entry]) -> str | None:
    """Return the value that nearly all guests without a rule have, if they are many."""
    rest = lesson.known & ~_covered(entries)
    many = rest.bit_count() >= MIN_REST * lesson.known.bit_count()
    return _value_of(lesson, rest) if many else None


@dataclass(frozen=True, slots=True)
class _Fit:
    """A lesson with the value of all guests without a rule, and the conditions that other keys use."""

    lesson: Lesson
    default: str | None
    used: Collection[Candidate]

    def right(self, entries: Sequence[Entry]) -> int:
        """Return the guests that a list is right about."""
        covered = right = 0
        for candidate, value in entries:
            right |= candidate.guests & ~covered & self.lesson.having[value]
            covered |= candidate.guests
        others = self.lesson.settled if self.default is None else self.lesson.having[self.default]
        return (right | (others & ~covered)) & self.lesson.known

    def moves(self, candidate: Candidate, value: str | None, covered: int, right: int) -> Iterator[_Move]:
        """Yield the ways to add a condition: before all rules with the value of its guests, or after them."""
        if value is not None:
            yield _Move(self._gain(candidate.guests, value, right), Entry(candidate, value), first=True)
        if candidate.guests & covered:
            rest = candidate.guests & ~covered
            left = _value_of(self.lesson, rest)
            if left is not None and _share(self.lesson, candidate.guests, left) >= MIN_SHARE:
                yield _Move(self._gain(rest, left, right), Entry(candidate, left), first=False)

    def counts(self, move: _Move, tried: int) -> bool:
        """Whether a rule corrects enough guests not to be a coincidence."""
        if len(move.entry.candidate.when) == 1:
            return move.gain >= MIN_GAIN
        if move.gain < MIN_GAIN_OF_PAIRS:
            return False
        return _share(self.lesson, self.lesson.known, move.entry.value) ** move.gain * tried < COINCIDENCE

    def _gain(self, guests: int, value: str, right: int) -> int:
        having = self.lesson.having[value]
        return (guests & having & ~right).bit_count() - (guests & right & ~having).bit_count()


def _grown(fit: _Fit, entries: tuple[Entry, ...], found: Sequence[Candidate]) -> tuple[Entry, ...]:
    """Return the list with more rules, as long as one corrects enough guests."""
    judged = [(candidate, _value_of(fit.lesson, candidate.guests)) for candidate in found]
    while True:
        right = fit.right(entries)
        wrong, covered = fit.lesson.known & ~right, _covered(entries)
        moves = (
            move
            for candidate, value in judged
            if (candidate.guests & wrong).bit_count() >= MIN_GAIN
            for move in fit.moves(candidate, value, covered, right)
            if fit.counts(move, len(found))
        )
        # Of several that are as good the first one stays: the simplest.
        best = max(moves, key=lambda move: (move.gain, move.entry.candidate in fit.used), default=None)
        if best is None:
            return entries
        entries = (best.entry, *entries) if best.first else (*entries, best.entry)


def _combined(fit: _Fit, entries: tuple[Entry, ...], found: Sequence[Candidate]) -> list[Candidate]:
    """Return the pairs of conditions that may correct what is still wrong; for the same guests the simplest one."""
    right = fit.right(entries)
    best: dict[int, Candidate] = {}
    for having in fit.lesson.having.values():
        wrong = having & ~right
        if wrong.bit_count() >= MIN_GAIN_OF_PAIRS:
            for pair in pairs(found, wrong, _PROMISING):
                if pair.guests not in best or pair.rank < best[pair.guests].rank:
                    best[pair.guests] = pair
    return sorted(best.values(), key=lambda pair: pair.rank)


def _pruned(fit: _Fit, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the list without the rules that are hardly missed, the least missed first."""
    while entries:
        whole = fit.right(entries).bit_count()
        without = [entries[:index] + entries[index + 1 :] for index in range(len(entries))]
        losses = [whole - fit.right(rest).bit_count() for rest in without]
        if min(losses) >= MIN_GAIN:
            break
        entries = without[losses.index(min(losses))]
    return entries


def _value_of(lesson: Lesson, guests: int) -> str | None:
    """Return the value that nearly all of these guests have; null when there is none."""
    known = guests & lesson.known
    total = known.bit_count()
    if total < MIN_SUPPORT:
        return None
    forgiven = (1 - MIN_PRECISION) * total + (total >= FORGIVEN_FROM)
    for value, having in lesson.having.items():
        count = (known & having).bit_count()
        if count >= MIN_SUPPORT and total - count <= forgiven:
            return value
    return None


def _share(lesson: Lesson, guests: int, value: str) -> float:
    """Return the share of these guests that have the value."""
    known = guests & lesson.known
    return (known & lesson.having[value]).bit_count() / max(1, known.bit_count())


def _covered(entries: Sequence[Entry]) -> int:
    covered = 0
    for entry in entries:
        covered |= entry.candidate.guests
    return covered
