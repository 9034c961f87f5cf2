"""How drift went, as Markdown: a table, the newest report first, with a line of bars above it."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.messages import ORIGINS
from proxbox_plan.report.trend import Trend, count_cells, trend_verdict


def trend_markdown(trend: Trend, links: Sequence[Link] = ()) -> str:
    """Return the trend as Markdown."""
    columns = ("seen", *(ORIGINS[origin] for origin in trend.origins), "all")
    rows: list[tuple[Words, ...]] = [("", *(trend.line(origin) for origin in trend.origins), trend.line())]
    rows += [count_cells(trend, moment) for moment in reversed(trend.moments)]

    def blocks(grave: int, _: int) -> list[Block]:
        return [table("", columns, rows, lambda row: row, grave)]

    about = marker("drift trend", trend.moments[-1].clusters)
    return comment(about, f"{trend_verdict(trend)}.", blocks, where="Everything is in the drift files.", links=links)
