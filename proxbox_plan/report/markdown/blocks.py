"""Blocks: what a Markdown comment is made of, as data; the template lays them out and escapes every word of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")


class Code(str):
    """A value: it is shown as code, in which no mention, issue or commit is looked for."""

    __slots__ = ()


class Strong(str):
    """Words that stand out."""

    __slots__ = ()


Words = str | tuple[str, ...]
"""Plain words and values, one after the other."""


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """Rows of one list; `folded`: behind a line to click on."""

    title: Words
    header: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    left: int = 0  # rows that had no room
    folded: bool = False
    intro: Words = ""
    template: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Details:
    """An entry of one line, with a table behind it."""

    summary: Words
    table: MarkdownTable


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries under a heading: some with what is behind them, the rest as rows of a folded table."""

    title: Words
    entries: tuple[Details, ...]
    rest: MarkdownTable | None = None
    template: Literal["entries"] = "entries"

    @property
    def left(self) -> int:
        """Rows that had no room."""
        return sum(entry.table.left for entry in self.entries) + (self.rest.left if self.rest else 0)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that are not to be overlooked, as GitHub and GitLab show them."""

    level: Literal["CAUTION", "WARNING"]
    title: str
    lines: tuple[Words, ...] = ()
    left: int = 0
    template: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A short list under a line."""

    title: str
    items: tuple[Words, ...]
    left: int = 0
    template: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few lines of words."""

    lines: tuple[Words, ...]
    left: int = 0
    template: Literal["paragraph"] = "paragraph"


Block = MarkdownTable | Entries | Quote | Bullets | Paragraph


def table(  # noqa: PLR0913 # what a table has
    title: Words,
    header: tuple[str, ...],
    items: Sequence[T],
    row: Callable[[T], tuple[Words, ...]],
    most: int,
    *,
    folded: bool = False,
    intro: Words = "",
) -> MarkdownTable:
    """Return a table of the first items."""
    shown = tuple(map(row, items[:most]))
    return MarkdownTable(title, header, shown, len(items) - len(shown), folded, intro)
