"""How drift went: what several drift documents counted, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import Field

from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.drift import Drift, Origin
from proxbox_plan.report.html.model import Cell, Page, PageRow, Tab
from proxbox_plan.report.markdown.comment import Cells, Section, comment, marker, table
from proxbox_plan.report.markdown.escaping import escaped
from proxbox_plan.report.messages import ORIGINS, counted
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import named

_BARS = "▁▂▃▄▅▆▇█"
_LONGEST_LINE = 60  # bars; older moments have no place in them
_MOST_ROWS = 500


class Moment(Frozen):
    """What was counted at one moment."""

    taken_at: str
    digest: str = Field(description="Of the drift document.")
    clusters: tuple[str, ...]
    complete: bool = Field(description="Null differences mean agreement only when it was.")
    counts: dict[Origin, int] = Field(
        description="Differences by who made them; origins without a difference are omitted."
    )

    @property
    def total(self) -> int:
        """All differences."""
        return sum(self.counts.values())


class Trend(Frozen):
    """What was counted at several moments, in their order."""

    moments: tuple[Moment, ...]

    def line(self, origin: Origin | None = None) -> str:
        """Return the counts of one origin (of all: null) as bars, the tallest for the most there ever were."""
        numbers = [moment.total if origin is None else moment.counts.get(origin, 0) for moment in self.moments]
        return _bars(numbers[-_LONGEST_LINE:], max(numbers))

    @property
    def origins(self) -> list[Origin]:
        """Origins of any of the differences."""
        return [origin for origin in Origin if any(origin in moment.counts for moment in self.moments)]


def _bars(numbers: Iterable[int], most: int) -> str:
    return "".join(_BARS[-(-number * (len(_BARS) - 1) // most)] if most else _BARS[0] for number in numbers)


def trend_of(documents: Sequence[Document]) -> Trend:
    """Return how drift went; UsageError for what is no drift document, or does not say when it was taken."""
    moments: dict[tuple[str, str], Moment] = {}
    for document in documents:
        if not isinstance(document, Drift) or document.taken_at is None:
            raise UsageError(
                "Several files can only be shown together if all of them are drift documents with a time",
                hint="Pass only files that `proxbox drift --out` saved, or one document at a time.",
            )
        counts = Counter(item.origin for item in document.items)
        moments[document.taken_at, document.digest] = Moment(
            taken_at=document.taken_at,
            digest=document.digest,
            clusters=document.clusters,
            complete=document.complete,
            counts={origin: counts[origin] for origin in Origin if counts[origin]},
        )
    return Trend(moments=tuple(moments[key] for key in sorted(moments)))


def trend_verdict(trend: Trend) -> str:
    """Return the trend in one line."""
    first, last = trend.moments[0], trend.moments[-1]
    span = f"{named(first.taken_at)} to {named(last.taken_at)}"
    reports = counted(len(trend.moments), "report")
    return f"{counted(last.total, 'difference')}, {first.total:,} at first ({reports}, {span})"


def trend_text(trend: Trend, *, style: Style = PLAIN) -> str:
    """Return the trend as a table with a line of bars under it."""
    head = ("seen", *(origin.value for origin in trend.origins), "all")
    rows = [head, *(_cells(trend, moment) for moment in trend.moments)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    bars = [f"{ORIGINS[origin]}: {trend.line(origin)}" for origin in trend.origins]
    return (
        "\n".join(
            [
                style.paint(lines[0], "bold"),
                *lines[1:],
                "",
                *bars,
                f"All: {trend.line()}",
                style.paint(f"{trend_verdict(trend)}.", "bold"),
            ]
        )
        + "\n"
    )


def _cells(trend: Trend, moment: Moment) -> Cells:
    seen = named(moment.taken_at) + ("" if moment.complete else " (incomplete)")
    return seen, *(f"{moment.counts.get(origin, 0):,}" for origin in trend.origins), f"{moment.total:,}"


def trend_markdown(trend: Trend) -> str:
    """Return the trend as Markdown, the newest report first."""
    head = f"{marker('drift trend', trend.moments[-1].clusters)}\n### {escaped(trend_verdict(trend))}.\n"
    columns = ("seen", *(ORIGINS[origin] for origin in trend.origins), "all")
    rows = [("", *(trend.line(origin) for origin in trend.origins), trend.line())]
    rows += [tuple(map(escaped, _cells(trend, moment))) for moment in reversed(trend.moments)]

    def parts(grave: int, _: int) -> Iterable[Section]:
        return [table(columns, rows, lambda row: row, min(grave, _MOST_ROWS))]

    return comment(head, parts, where="Everything is in the drift files.")


def trend_page(trend: Trend) -> Page:
    """Return the page of a trend: a row for each report, and the lines of bars above them."""
    rows = tuple(
        PageRow(
            "drift" if moment.total else "agreed",
            "drift",
            named(moment.taken_at),
            named(", ".join(moment.clusters)),
            "" if moment.complete else "incomplete",
            named(moment.digest),
            cells=tuple(Cell(ORIGINS[origin], after=f"{count:,}") for origin, count in moment.counts.items()),
        )
        for moment in reversed(trend.moments)
    )
    lines = [(ORIGINS[origin], trend.line(origin)) for origin in trend.origins]
    return Page(
        title="Drift over time",
        verdict=f"{trend_verdict(trend)}.",
        mood="change" if trend.moments[-1].total else "good",
        tabs=(Tab("reports", "Reports", rows, "Differences"),),
        moods={"drift": "change", "agreed": "good"},
        facts=(*lines, ("All", trend.line())),
    )
