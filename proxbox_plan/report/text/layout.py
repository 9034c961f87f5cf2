"""Layout of a report for the terminal: lines of words, each with its color; the template escapes and paints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from proxbox_plan.report.templates import render_template
from proxbox_plan.report.text.style import PLAIN, Hue, Style

T = TypeVar("T")


class Span(NamedTuple):
    """A few words, and their color; their text is plain, whatever it holds."""

    text: str
    hue: Hue | None = None


class Line(NamedTuple):
    """One line of a report."""

    spans: tuple[Span, ...] = ()
    indent: int = 0  # columns


BLANK = Line()


def line(*spans: str | Span, indent: int = 0) -> Line:
    """Return a line of these words."""
    return Line(tuple(Span(span) if isinstance(span, str) else span for span in spans), indent)


def more(count: int, *, indent: int = 4) -> Iterator[Line]:
    """Yield how many rows are folded, if any are."""
    if count:
        yield line(f"… and {count:,} more (--verbose shows them)", indent=indent)


def section(title: Span, items: Sequence[T], row: Callable[[T], str], most: int | None) -> Iterator[Line]:
    """Yield a titled list of the first rows, all without a bound, and how many are folded; nothing without items."""
    if not items:
        return
    yield line(title)
    yield from (line(row(item), indent=4) for item in items[:most])
    yield from more(len(items[most:]) if most is not None else 0)
    yield BLANK


def rendered(lines: Iterable[Line], style: Style = PLAIN) -> str:
    """Return the lines as text."""
    return render_template("text/report.txt.j2", lines=list(lines), style=style)
