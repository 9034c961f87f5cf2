"""How drift went: what several drift documents counted, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import Field

from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.drift import Drift, Origin
from proxbox_plan.report.messages import counted
from proxbox_plan.report.values import named

_BARS = "▁▂▃▄▅▆▇█"
_LONGEST_LINE = 60  # bars; older moments have no place in them


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
        """All differences that count: not what is left to NetBox."""
        return sum(count for origin, count in self.counts.items() if origin is not Origin.PRESERVED)


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
        counts = Counter(item.origin for item in document.items if item.follows is None)
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


def count_cells(trend: Trend, moment: Moment) -> tuple[str, ...]:
    """Return a row of the table of counts: when, of each origin, and all of them."""
    seen = named(moment.taken_at) + ("" if moment.complete else " (incomplete)")
    return seen, *(f"{moment.counts.get(origin, 0):,}" for origin in trend.origins), f"{moment.total:,}"
