"""What is on the page of a trend: a chart of each cause over time, and a row for each report."""

from __future__ import annotations

from proxbox_plan.report.html.chart import chart
from proxbox_plan.report.html.model import Cell, Page, PageRow, Tab
from proxbox_plan.report.messages import ORIGINS
from proxbox_plan.report.trend import Trend, trend_verdict
from proxbox_plan.report.values import named


def trend_page(trend: Trend) -> Page:
    """Return the page of a trend."""
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
    return Page(
        title="Drift over time",
        verdict=f"{trend_verdict(trend)}.",
        mood="change" if trend.moments[-1].total else "good",
        tabs=(Tab("reports", "Reports", rows, "Differences"),),
        moods={"drift": "change", "agreed": "good"},
        chart=chart(trend),
    )
