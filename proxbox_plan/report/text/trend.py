"""How drift went, for the terminal: a table, and a line of bars for each cause under it."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.report.messages import ORIGINS
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, rendered
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.trend import Trend, count_cells, trend_verdict


def trend_text(trend: Trend, *, style: Style = PLAIN) -> str:
    """Return the trend as text."""
    return rendered(_lines(trend), style)


def _lines(trend: Trend) -> Iterator[Line]:
    head = ("seen", *(origin.value for origin in trend.origins), "all")
    rows = [head, *(count_cells(trend, moment) for moment in trend.moments)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    for row in rows:
        words = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield line(Span(words, "bold" if row is head else None))
    yield BLANK
    for origin in trend.origins:
        yield line(f"{ORIGINS[origin]}: {trend.line(origin)}")
    yield line(f"All: {trend.line()}")
    yield line(Span(f"{trend_verdict(trend)}.", "bold"))
