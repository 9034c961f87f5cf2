"""One thing that is taken away from a Proxmox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from tests.ignorance.answers import Answers


class Sort(StrEnum):
    """What sort of thing is taken away."""

    ANSWER = "answer"
    """A whole answer does not come, or is none."""
    CONTENT = "content"
    """Part of an answer is missing: all rows, one row, one field."""
    TYPE = "type"
    """A value is of another type."""
    ODD = "odd"
    """Answers contradict each other, or say the same in other words."""
    RIGHT = "right"
    """The token may see less."""
    PAIR = "pair"
    """Two at once."""


Group = tuple[str, str, str, str]
"""Recording, sort, endpoint and fault."""


@dataclass(frozen=True)
class Case:
    """One fault in one place; `make` gives the replies that come instead."""

    recording: str
    sort: Sort
    endpoint: str
    fault: str
    where: str
    """The place itself, for people."""
    make: Callable[[], Answers]
    sampled: bool = False
    """Whether it is tried in every run."""
    knowledge: tuple[str, ...] = ()
    """Patterns of changes that are right all the same."""
    coarse: bool = False
    """Whether so much is changed that only the actions are worth a line."""

    @property
    def group(self) -> Group:
        """Return what it has in common with others of its sort."""
        return (self.recording, str(self.sort), self.endpoint, self.fault)

    def breaks(self, changes: Iterable[str]) -> list[str]:
        """Return those of the planned changes that have no known reason."""
        found = {name for name in changes if not any(fnmatchcase(name, right) for right in self.knowledge)}
        return sorted({f"*.{name.split('.')[1]}" for name in found} if self.coarse else found)
