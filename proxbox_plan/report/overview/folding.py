"""Folding: machines by what happens to them, and parts of a machine that fit on one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from proxbox_plan.model.plan import Action, Change
from proxbox_plan.report.messages import counted_kind
from proxbox_plan.report.overview.entry import MachineEntry, Part
from proxbox_plan.report.overview.fate import Fate

LOST: Final = frozenset({Action.DELETE, Action.FORGET})
"""What is no longer ours afterwards: its name says enough."""


@dataclass(frozen=True, slots=True)
class PartGroup:
    """Parts of one kind to which the same happens; `by_name`: the names say enough."""

    action: Action
    kind: str
    items: tuple[Part, ...]
    by_name: bool

    @property
    def changes(self) -> tuple[Change, ...]:
        """Their changes."""
        return tuple(part.change for part in self.items)


def by_fate(entries: Iterable[MachineEntry]) -> list[tuple[Fate, list[MachineEntry]]]:
    """Return machines by what happens to them, in the order in which a reviewer wants to see it."""
    found: dict[Fate, list[MachineEntry]] = {}
    for entry in entries:
        found.setdefault(entry.fate, []).append(entry)
    return list(found.items())


def part_counts(entries: Iterable[MachineEntry]) -> str:
    """Return how many parts of each kind change of machines: `2 VM interfaces, 1 virtual disk`; empty without any."""
    counts = Counter(part.change.kind for entry in entries for part in entry.parts)
    return ", ".join(counted_kind(kind, count) for kind, count in counts.items())


def parts_of(entry: MachineEntry, *, whole: bool) -> Iterator[PartGroup]:
    """Yield the parts of a machine; unless the `whole` is asked for, those that go, or come with it, by name alone."""
    grouped: dict[tuple[Action, str], list[Part]] = {}
    for part in entry.parts:
        grouped.setdefault((part.change.action, part.change.kind), []).append(part)
    for (action, kind), parts in grouped.items():
        by_name = action in LOST or (entry.fate is Fate.NEW and action is Action.CREATE)
        yield PartGroup(action, kind, tuple(parts), by_name and not whole)
