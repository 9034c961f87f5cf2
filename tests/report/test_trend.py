"""Several drift documents together: how drift went."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.core.errors import UsageError
from proxbox_plan.documents import write_document
from proxbox_plan.model.drift import Drift, Origin
from proxbox_plan.model.plan import Action, Cause, Reason
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from proxbox_plan.report.trend import trend_of
from tests.builders import HOSTILE, busy_plan, change, changed, plan, state
from tests.cases import Cases


def _drift(day: int, edited: int, *, gone: int = 0, **fields: Any) -> Drift:
    update: dict[str, Any] = {"action": Action.UPDATE, "netbox_id": 1, "reason": Reason.EDITED}
    memory = (changed("memory", 1, 2, Cause.NETBOX),)
    changes = [change(f"device:{number}", fields=memory, **update) for number in range(edited)]
    changes += [
        change(f"device:g{number}", action=Action.DELETE, reason=Reason.GONE, netbox_id=9) for number in range(gone)
    ]
    return make_drift(plan(changes=tuple(changes), **fields), f"2026-11-{day:02}T07:30:00Z")


DAYS = [_drift(20, 0), _drift(22, 4), _drift(21, 8, gone=2, complete=False)]


def test_moments_are_in_their_order() -> None:
    """Whatever the order of the files is; one that is given twice counts once."""
    trend = trend_of([*DAYS, DAYS[0]])
    assert [(moment.taken_at[8:10], moment.total) for moment in trend.moments] == [("20", 0), ("21", 10), ("22", 4)]
    assert trend.origins == [Origin.NETBOX, Origin.GONE]


def test_bars_are_as_tall_as_the_counts() -> None:
    """None is the lowest, the most there ever were the highest, and anything is more than nothing."""
    trend = trend_of(DAYS)
    assert (trend.line(), trend.line(Origin.GONE)) == ("▁█▄", "▁█▁")
    assert trend_of([_drift(1, 1), _drift(2, 100)]).line() == "▂█"
    assert trend_of([_drift(1, 0)]).line() == "▁"


def test_as_text() -> None:
    """A row for each report, a line of bars for each origin, the verdict last."""
    assert render(trend_of(DAYS), Format.TEXT).splitlines() == [
        "                             seen  netbox  gone  all",
        "             2026-11-20T07:30:00Z       0     0    0",
        "2026-11-21T07:30:00Z (incomplete)       8     2   10",
        "             2026-11-22T07:30:00Z       4     0    4",
        "",
        "Changed in NetBox: ▁█▅",
        "No longer in Proxmox: ▁█▁",
        "All: ▁█▄",
        "4 differences, 0 at first (3 reports, 2026-11-20T07:30:00Z to 2026-11-22T07:30:00Z).",
    ]


def test_the_page_has_a_chart() -> None:
    """With a line for each cause, a point for each report, round numbers up the side and dates along the bottom."""
    page = render(trend_of(DAYS), Format.HTML)
    assert page.count("<path ") == 2
    assert page.count("<circle ") == 6
    assert page.count('class="unread"') == 2
    assert "<title>2026-11-21T07:30:00Z (incomplete): 8 Changed in NetBox</title>" in page
    for words in ("0", "2", "4", "6", "8", "2026-11-20", "2026-11-21", "2026-11-22"):
        assert f">{words}</text>" in page


def test_a_chart_has_a_place_for_everything() -> None:
    """No drift at all, one report only, and reports that say no time: each has its chart, within its borders."""
    for drifts in ([_drift(1, 0)], [_drift(1, 3)], [make_drift(busy_plan(), "?"), make_drift(busy_plan(), "!")]):
        chart = render(trend_of(drifts), Format.HTML).partition("<figure")[2].partition("</figure>")[0]
        assert chart.count("<circle ") == len(drifts) * len(trend_of(drifts).origins)
        assert all(0 <= float(x) <= 960 for x in re.findall(r'c?x="([-\d.]+)"', chart))
        assert all(0 <= float(y) <= 300 for y in re.findall(r'c?y="([-\d.]+)"', chart))


def test_as_markdown() -> None:
    """The newest first, the bars above."""
    text = render(trend_of(DAYS), Format.MARKDOWN)
    assert "|  | ▁█▅ | ▁█▁ | ▁█▄ |" in text
    assert text.index("2026-11-22") < text.rindex("2026-11-21") < text.rindex("2026-11-20")


def test_a_moment_that_is_none() -> None:
    """A file may say anything: no line or cell of its own comes of it."""
    with Cases() as case:
        for format_, value in product((Format.TEXT, Format.MARKDOWN), HOSTILE):
            with case(format_, value):
                drift = make_drift(busy_plan(), value)
                found, expected = (
                    render(trend_of([one]), format_) for one in (drift, make_drift(busy_plan(), "value"))
                )
                assert found.count("\n") == expected.count("\n")
                assert all(character == "\n" or character.isprintable() for character in found)


def test_only_saved_drift_has_a_trend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other documents are shown one by one, and a plan that is read as drift has no time."""
    for other in (state(), make_drift(busy_plan())):
        with pytest.raises(UsageError, match="Several files"):
            trend_of([DAYS[0], other])
    names = [str(tmp_path / f"{number}.json") for number in range(2)]
    for name, drift in zip(names, DAYS, strict=False):
        write_document(drift, name)
    assert run(["show", *names]) == 0
    assert "4 differences, 0 at first" in capsys.readouterr().out
    assert run(["show", *names, "--format", "sarif"]) == 1
    assert run(["show", *names, "--drift"]) == 1
