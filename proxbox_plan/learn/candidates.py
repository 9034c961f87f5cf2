"""Candidates: the conditions that may become rules, each with the guests that meet it.

A set of guests is a number with one bit for each, so that thousands of conditions are compared in no time. Of several
conditions that the same guests meet, the simplest one is kept: what people assigned (tag, pool) before what may be a
coincidence (node).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from proxbox_plan.learn import literal
from proxbox_plan.learn.examples import Example
from proxbox_plan.rules.rule_book import guest_subject

MIN_SUPPORT: Final = 2
"""Guests that a rule must be right about: one guest is an exception, no rule."""
RANK: Final = (
    "tag",
    "pool",
    "name",
    "cluster",
    "vlan",
    "unless pool",
    "unless tag",
    "unless vlan",
    "os",
    "type",
    "node",
)
"""Keys of conditions, the preferred first. A node comes last: guests migrate."""
_NONE: Final = {"pool": "?*", "tag": "?*", "vlan": "1-4094"}
"""What any value of a key matches: with `unless`, guests that have none."""
_TOKENS: Final = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
_MOST_TOKENS: Final = 12  # of a name: a hostile one has thousands


@dataclass(frozen=True, slots=True)
class Candidate:
    """A condition and the guests that meet it."""

    when: tuple[tuple[str, str], ...]  # key, or `unless` and a key -> text; all must hold
    guests: int
    rank: tuple[Any, ...]  # the simpler, the smaller; of two candidates it is never the same

    def both(self, other: Candidate) -> Candidate:
        """Return the condition that wants both to hold."""
        when = tuple(sorted({**dict(self.when), **dict(other.when)}.items()))
        return Candidate(when, self.guests & other.guests, (len(when), *sorted((self.rank, other.rank))))


EVERY: Final = Candidate((), -1, (0,))
"""The condition that every guest meets."""


def candidates(examples: Sequence[Example], is_secret: Callable[[str], bool]) -> tuple[Candidate, ...]:
    """Return the conditions that at least two guests meet and not all of them do, the simplest first."""
    everyone = (1 << len(examples)) - 1
    best: dict[int, Candidate] = {}
    for key, text, guests, shape in _conditions(examples):
        if guests == everyone or guests.bit_count() < MIN_SUPPORT or is_secret(text) or is_secret(literal.text(text)):
            continue
        candidate = Candidate(((key, text),), guests, (1, RANK.index(key), shape, len(text), text))
        known = best.get(guests)
        if known is None or candidate.rank < known.rank:
            best[guests] = candidate
    return tuple(sorted(best.values(), key=lambda candidate: candidate.rank))


def pairs(found: Sequence[Candidate], wanted: int, most: int) -> Iterator[Candidate]:
    """Yield the conditions of two keys that may single out the wanted guests, from the `most` promising single ones."""
    useful = [candidate for candidate in found if (candidate.guests & wanted).bit_count() >= MIN_SUPPORT]
    useful.sort(key=lambda candidate: (-(candidate.guests & wanted).bit_count(), candidate.rank))
    for index, one in enumerate(useful[:most]):
        for other in useful[index + 1 : most]:
            if len({key.split()[0] for candidate in (one, other) for key, _ in candidate.when}) == 1:
                continue  # of one key, or two that would be in one `unless`, where both must hold
            both = one.both(other)
            if both.guests not in (one.guests, other.guests) and (both.guests & wanted).bit_count() >= MIN_SUPPORT:
                yield both


def _conditions(examples: Sequence[Example]) -> Iterator[tuple[str, str, int, int]]:
    """Yield key, text, the guests that meet it, and how plain its shape is (the smaller, the plainer)."""
    values: dict[tuple[str, str], int] = defaultdict(int)
    spelled: dict[tuple[str, str], str] = {}
    for index, example in enumerate(examples):
        subject = guest_subject(example.guest, example.cluster, example.vlans)
        for key in subject.keys() & set(RANK) - {"name"}:
            if key in _NONE and not any(subject[key]):
                values[f"unless {key}", _NONE[key]] |= 1 << index
                spelled[f"unless {key}", _NONE[key]] = _NONE[key]
            for text in subject[key]:
                if literal.is_plain(text):
                    found = (key, text.lower())  # a glob matches any case
                    values[found] |= 1 << index
                    spelled[found] = min(text, spelled.get(found, text))
    for (key, lower), guests in values.items():
        text = spelled[key, lower]
        as_is = key in ("vlan", "type") or key.startswith("unless ")
        yield key, text if as_is else literal.glob(text), guests, 0
    yield from _names([(example.guest.name or "").lower() for example in examples])


def _names(names: Sequence[str]) -> Iterator[tuple[str, str, int, int]]:
    """Yield the patterns that the words of names suggest: `web-*`, `*-prod`, `*-prod-*`, `web[0-9]*`."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in {name for name in names if literal.is_plain(name)}:
        for shape, text in _parts(name):
            found[shape].add(text)
    ahead, behind = _Sorted(names), _Sorted([name[::-1] for name in names])
    for text in found["prefix"]:
        yield "name", f"{literal.glob(text)}*", ahead.beginning(text), 0
    for text in found["suffix"]:
        yield "name", f"*{literal.glob(text)}", behind.beginning(text[::-1]), 1
    for text in found["middle"]:
        guests = sum(1 << index for index, name in enumerate(names) if text in name)
        yield "name", f"*{literal.glob(text)}*", guests, 2
    for text in found["numbered"]:
        guests = sum(bit for name, bit in ahead.each(text) if "0" <= name[len(text) : len(text) + 1] <= "9")
        yield "name", f"{literal.glob(text)}[0-9]*", guests, 3


def _parts(name: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a name that end where a word does, each with where it is."""
    tokens = _TOKENS.findall(name)[:_MOST_TOKENS]
    head = ""
    for last, following, after in zip(tokens, tokens[1:], [*tokens[2:], ""], strict=False):
        head += last
        if _has_letter(head) and not _is_separator(following):
            yield "prefix", head
            if following.isdecimal() and not _is_separator(last):
                yield "numbered", head
        if _is_separator(following) and name[-1].isalpha():  # a number at the end only counts
            yield "suffix", name[len(head) :]
        if after and all(map(_is_separator, (last, after))) and following.isalpha():
            yield "middle", f"{last}{following}{after}"


def _is_separator(token: str) -> bool:
    return not token[0].isalnum()


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


class _Sorted:
    """Names in order, so that those that begin alike are beside each other."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = sorted((name, index) for index, name in enumerate(names))

    def each(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield each name that begins with the text, with the bit of its guest."""
        for name, index in islice(self._names, bisect_left(self._names, (text, 0)), None):
            if not name.startswith(text):
                return
            yield name, 1 << index

    def beginning(self, text: str) -> int:
        """Return the guests whose names begin with the text."""
        return sum(bit for _, bit in self.each(text))
