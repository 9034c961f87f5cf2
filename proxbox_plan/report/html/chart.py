"""The chart of a trend as SVG: differences over time, a line for each cause, with axes; no script, no style of its own.

Coordinates are those of the drawing, from its upper left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxbox_plan.core.moment import seconds
from proxbox_plan.model.drift import Origin
from proxbox_plan.report.messages import ORIGINS
from proxbox_plan.report.templates import render_template
from proxbox_plan.report.trend import Moment, Trend

_WIDTH, _HEIGHT = 960.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 16.0, 14.0, 34.0
_STEPS = (1, 2, 5)
_MOST_LINES = 5  # lines across, for counts
_MOST_DATES = 7  # dates along the bottom
_DAY = len("2026-11-21")
_MINUTE = len("2026-11-21T07:30")


@dataclass(frozen=True, slots=True)
class Point:
    """A report on a line of the chart."""

    x: float
    y: float
    words: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The counts of one cause, and the color that CSS gives it."""

    name: str
    css: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The line through its points."""
        return "M" + " L".join(f"{point.x:.1f} {point.y:.1f}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and what it says there."""

    at: float
    words: str


def chart(trend: Trend) -> str:
    """Return the chart of a trend."""
    most = max((moment.counts.get(origin, 0) for moment in trend.moments for origin in Origin), default=0)
    counts = _counts(most)
    top = max(counts[-1], 1)
    xs = _places(trend.moments)
    series = [_series(trend, origin, xs, top) for origin in trend.origins]
    return render_template(
        "html/trend.svg.j2",
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
        series=series,
        counts=[Tick(_y(count, top), f"{count:,}") for count in counts],
        dates=_dates(trend.moments, xs),
    )


def _series(trend: Trend, origin: Origin, xs: Sequence[float], top: int) -> Series:
    points = []
    for moment, x in zip(trend.moments, xs, strict=True):
        count = moment.counts.get(origin, 0)
        unread = "" if moment.complete else " (incomplete)"
        points.append(
            Point(x, _y(count, top), f"{moment.taken_at}{unread}: {count:,} {ORIGINS[origin]}", moment.complete)
        )
    return Series(ORIGINS[origin], f"origin-{origin.value}", tuple(points))


def _places(moments: Sequence[Moment]) -> list[float]:
    """Return where each report stands: by its time; evenly, if one says no time that can be read."""
    try:
        times: list[float] = [seconds(moment.taken_at) for moment in moments]
    except (ValueError, OverflowError):
        times = list(range(len(moments)))
    first, span = times[0], times[-1] - times[0]
    width = _WIDTH - _LEFT - _RIGHT
    return [_LEFT + (width * (time - first) / span if span else width / 2) for time in times]


def _y(count: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * count / top


def _counts(most: int) -> list[int]:
    """Return round numbers from none to the most."""
    step, place = 1, 0
    while step * _MOST_LINES < most:
        place += 1
        step = _STEPS[place % len(_STEPS)] * 10 ** (place // len(_STEPS))
    return list(range(0, most + step, step))


def _dates(moments: Sequence[Moment], xs: Sequence[float]) -> list[Tick]:
    """Return some of the dates, which do not overlap; with the time, if all are of one day."""
    length = _DAY if len({moment.taken_at[:_DAY] for moment in moments}) > 1 else _MINUTE
    least = (_WIDTH - _LEFT - _RIGHT) / _MOST_DATES
    ticks: list[Tick] = []
    for moment, x in zip(moments, xs, strict=True):
        words = moment.taken_at[:length].replace("T", " ")
        if not ticks or (x - ticks[-1].at >= least and words != ticks[-1].words):
            ticks.append(Tick(x, words))
    return ticks
