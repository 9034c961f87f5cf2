"""Joined rules: the decision lists of all keys as one list, in which a condition stands once if it can.

Each key has its own first match, so lists may be interleaved as long as two rules for one key keep their order where a
guest meets both.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        when: dict[str, Any] = dict(self.candidates[0].when)
        if len(self.candidates) > 1:
            ((key, _),) = self.candidates[0].when
            when[key] = tuple(sorted(text for candidate in self.candidates for _, text in candidate.when))
        values = {key: literal.value(self.values[key]) for key in KEYS if key in self.values}
        return Rule(when=Condition.model_validate(when), set=Targets.model_validate(values))


def joined(lists: Mapping[str, DecisionList]) -> tuple[Rule, ...]:
    """Return the rules of all keys in the order they are to be tried; what all others get comes last."""
    waiting = {key: list(found.entries) for key, found in lists.items()}
    rules: list[_Joined] = []
    while any(waiting.values()):
        made = _next(waiting, rules[-1] if rules else None)
        if rules and rules[-1].takes(made):
            rules[-1].candidates += made.candidates
        else:
            rules.append(made)
    defaults = {key: found.default for key, found in lists.items() if found.default is not None}
    if defaults:
        rules.append(_Joined([EVERY], defaults))
    return tuple(rule.rule() for rule in rules)


def _next(waiting: dict[str, list[Entry]], last: _Joined | None) -> _Joined:
    """Take the next rule: one whose condition has no value that must wait, like the last one, for the most guests."""
    ready: dict[Candidate, dict[str, Entry]] = {}
    wanted: dict[Candidate, int] = {}
    for key, entries in waiting.items():
        for index, entry in enumerate(entries):
            wanted[entry.candidate] = wanted.get(entry.candidate, 0) + 1
            if not any(_disagree(earlier, entry) for earlier in entries[:index]):
                ready.setdefault(entry.candidate, {}).setdefault(key, entry)
    made = [
        (_Joined([candidate], {key: entry.value for key, entry in found.items()}), len(found) == wanted[candidate])
        for candidate, found in ready.items()
    ]
    best, _ = min(
        made,
        key=lambda item: (
            not item[1],
            not (last is not None and last.takes(item[0])),
            -item[0].candidates[0].guests.bit_count(),
            item[0].candidates[0].rank,
        ),
    )
    candidate = best.candidates[0]
    for key, entry in ready[candidate].items():
        waiting[key].remove(entry)
    return best


def _disagree(one: Entry, other: Entry) -> bool:
    """Whether the order of two rules for one key matters."""
    return one.value != other.value and bool(one.candidate.guests & other.candidate.guests)
