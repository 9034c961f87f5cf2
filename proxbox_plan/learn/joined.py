"""Joined rules: the decision lists of all keys as one list, in which a condition stands once if it can.

Each key has its own first match, so lists may be interleaved as long as two rules for one key keep their order where a
guest meets both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from proxbox_plan.learn import literal
from proxbox_plan.learn.candidates import EVERY, Candidate
from proxbox_plan.learn.decision_list import DecisionList, Entry
from proxbox_plan.learn.examples import KEYS
from proxbox_plan.model.policy import Condition, Rule, Targets

_LISTED: Final = frozenset({"tag", "pool", "name", "cluster", "vlan", "os", "node"})
"""Keys of conditions that take a list, of which one must hold."""


@dataclass(slots=True)
class _Joined:
    """A rule in the making."""

    candidates: list[Candidate]
    values: dict[str, str] = field(default_factory=dict)

    def takes(self, other: _Joined) -> bool:
        """Whether another rule differs by the text of its condition only."""
        (mine, theirs) = (tuple(key for key, _ in one.candidates[0].when) for one in (self, other))
        return self.values == other.values and mine == theirs and len(mine) == 1 and mine[0] in _LISTED

    def rule(self) -> Rule:
        when: dict[str, Any] = {}
        for key, text in self.candidates[0].when:
            unless, _, key_of_it = key.rpartition(" ")
            when[unless or key] = {key_of_it: text} if unless else text
        if len(self.candidates) > 1:
            ((key, _),) = self.candidates[0].when
            when[key] = tuple(sorted(text for candidate in self.candidates for _, text in candidate.when))
        values = {key: literal.value(self.values[key]) for key in KEYS if key in self.values}
        return Rule(when=Condition.model_validate(when), set=Targets.model_validate(values))


def joined(lists: Mapping[str, DecisionList]) -> tuple[Rule, ...]:
    """Return the rules of all keys in the order they are to be tried; what all others get comes last."""
    waiting = list(_waiting(lists))
    rules: list[_Joined] = []
    while waiting:
        made = _next(waiting, rules[-1] if rules else None)
        taken = {(item.key, item.number) for item in waiting if item.is_in(made)}
        waiting = [item for item in waiting if (item.key, item.number) not in taken]
        for item in waiting:
            item.after -= taken
        if rules and rules[-1].takes(made):
            rules[-1].candidates += made.candidates
        else:
            rules.append(made)
    defaults = {key: found.default for key, found in lists.items() if found.default is not None}
    if defaults:
        rules.append(_Joined([EVERY], defaults))
    return tuple(rule.rule() for rule in rules)


@dataclass(slots=True)
class _Waiting:
    """A rule for one key that is not placed yet, and the rules for the same key that must come before it."""

    key: str
    number: int
    entry: Entry
    after: set[tuple[str, int]]

    def is_in(self, made: _Joined) -> bool:
        """Whether a joined rule has its condition and its value."""
        return not self.after and made.candidates[0] == self.entry.candidate and self.key in made.values


def _waiting(lists: Mapping[str, DecisionList]) -> Iterator[_Waiting]:
    for key, found in lists.items():
        for number, entry in enumerate(found.entries):
            earlier = enumerate(found.entries[:number])
            yield _Waiting(key, number, entry, {(key, other) for other, one in earlier if _disagree(one, entry)})


def _next(waiting: Sequence[_Waiting], last: _Joined | None) -> _Joined:
    """Return the next rule: one whose condition has no value that must wait, like the last one, for the most guests."""
    ready: dict[Candidate, dict[str, str]] = {}
    wanted: Counter[Candidate] = Counter(item.entry.candidate for item in waiting)
    for item in waiting:
        if not item.after:
            ready.setdefault(item.entry.candidate, {})[item.key] = item.entry.value

    def rank(candidate: Candidate) -> tuple[Any, ...]:
        values = ready[candidate]
        alike = last is not None and last.takes(_Joined([candidate], values))
        return len(values) < wanted[candidate], not alike, -candidate.guests.bit_count(), candidate.rank

    best = min(ready, key=rank)
    return _Joined([best], ready[best])


def _disagree(one: Entry, other: Entry) -> bool:
    """Whether the order of two rules for one key matters."""
    return one.value != other.value and bool(one.candidate.guests & other.candidate.guests)
