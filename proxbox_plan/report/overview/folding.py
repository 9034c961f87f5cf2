"""Folding: which rows of a long list a view shows, and parts of a machine that fit on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from proxbox_plan.model.plan import Action, Change
from proxbox_plan.report.overview.entry import MachineEntry, Part
from proxbox_plan.report.overview.fate import Fate

T = TypeVar("T")

_LISTED: frozenset[Action] = frozenset({Action.DELETE, Action.FORGET})


@dataclass(frozen=True, slots=True)
class Folded(Generic[T]):
    """The first of many, and how many there are beside them."""

    items: tuple[T, ...]
    more: int

    @classmethod
    def of(cls, items: Sequence[T], most: int | None) -> Folded[T]:
        """Return the first `most` items; all without a bound."""
        first = tuple(items[:most])
        return cls(first, len(items) - len(first))


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


def parts_of(entry: MachineEntry, *, whole: bool) -> Iterator[PartGroup]:
    """Yield the parts of a machine; unless the `whole` is asked for, those that go, or come with it, by name alone."""
    grouped: dict[tuple[Action, str], list[Part]] = {}
    for part in entry.parts:
        grouped.setdefault((part.change.action, part.change.kind), []).append(part)
    for (action, kind), parts in grouped.items():
        by_name = action in _LISTED or (entry.fate is Fate.NEW and action is Action.CREATE)
        yield PartGroup(action, kind, tuple(parts), by_name and not whole)
