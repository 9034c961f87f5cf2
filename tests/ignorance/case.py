"""One thing that is taken away from a Proxmox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.ignorance.answers import Answers


class Sort(StrEnum):
    """What sort of thing is taken away."""

    ANSWER = "answer"
    """A whole answer does not come, or is none."""
    CONTENT = "content"
    """Part of an answer is missing: all rows, one row, one field."""
    RIGHT = "right"
    """The token may see less."""
    PAIR = "pair"
    """Two at once."""


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

    @property
    def title(self) -> str:
        """Name it in one line."""
        return f"{self.recording}: {self.fault} at {self.where}"
