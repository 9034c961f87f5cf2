"""What is on a page, as plain data: the script draws it, and knows nothing of plans or outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mood = Literal["good", "change", "bad", "take", "quiet"]
"""What a color means: agreement, a difference, something destructive, an adoption, or nothing of note."""

REASONS_FILTER = "All reasons"
"""What the filter by `why` says when it filters nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row: what it was and what it is to be; empty where there was or will be nothing."""

    name: str
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One object. `status`, `kind`, `cluster` and `why` can be filtered by."""

    status: str
    kind: str
    name: str
    cluster: str = ""
    why: str = ""
    address: str = ""
    text: str = ""
    hint: str = ""
    ids: str = ""  # shown on demand
    cells: tuple[Cell, ...] = ()
    own: int | None = None  # place of the row of its own change in the list `changes`
    parts: tuple[int, ...] = ()  # places of the rows of its parts there


@dataclass(frozen=True, slots=True)
class Tab:
    """One list of a page."""

    id: str
    title: str
    rows: tuple[PageRow, ...]
    columns: str = "Before → after"
    whys: str = REASONS_FILTER
    placed: bool = False  # `why` of its rows says on which node they are


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page; every text in it is sanitized and on one line, and no text of it is HTML."""

    title: str
    verdict: str
    mood: Mood
    tabs: tuple[Tab, ...]
    moods: dict[str, Mood]
    facts: tuple[tuple[str, str], ...] = ()
    alerts: tuple[tuple[Mood, str], ...] = ()
    chart: str = ""  # SVG, made by a template
