"""An outcome for the terminal: the counts, then what did not land, with NetBox's messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from proxbox_plan.model.outcome import WORST_FIRST, ChangeResult, Outcome, Result
from proxbox_plan.report.messages import MARKERS, RESULTS, counted, kind_word
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, more, rendered
from proxbox_plan.report.text.style import PLAIN, Hue, Style
from proxbox_plan.report.values import named, said

MOST_PENDING = 8

_HUES: dict[Result, Hue] = {
    Result.FAILED: "red",
    Result.STALE: "red",
    Result.BLOCKED: "yellow",
    Result.PENDING: "dim",
    Result.DONE: "green",
}
_SHOWN = tuple(result for result in WORST_FIRST if result is not Result.DONE)


def outcome_text(outcome: Outcome, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the outcome as text."""
    return rendered(_lines(outcome, verbose=verbose), style)


def _lines(outcome: Outcome, *, verbose: bool) -> Iterator[Line]:
    results = outcome.by_object()
    for result in WORST_FIRST if verbose else _SHOWN:
        yield from _section(results, result, verbose=verbose)
    if outcome.warning:
        yield line(Span(f"Warning: {said(outcome.warning)}.", "yellow"))
    if outcome.stopped:
        yield line(Span(f"Stopped: {said(outcome.stopped)}", "red"))
    yield line(Span(outcome_line(outcome), "bold"))


def outcome_line(outcome: Outcome) -> str:
    """Return the outcome in one line, in changes as the plan counts them."""
    results = outcome.by_object()
    counts = Counter(item.result for item in results)
    landed = f"Applied {counts[Result.DONE]:,} of {counted(len(results), 'change')}"
    rest = [f"{counts[result]:,} {result.value}" for result in _SHOWN if counts[result]]
    return "; ".join([landed, *rest, f"{counted(outcome.writes, 'write request')} sent"]) + "."


def _section(results: Sequence[ChangeResult], result: Result, *, verbose: bool) -> Iterator[Line]:
    items = [item for item in results if item.result is result]
    if not items:
        return
    yield line(Span(f"{len(items):,} {RESULTS[result]}", _HUES[result]))
    common = common_message(items)
    if common:
        yield line(said(common), indent=4)
    most = MOST_PENDING if result in {Result.PENDING, Result.BLOCKED} and not verbose else len(items)
    for item in items[:most]:
        words = f": {said(item.message)}" if item.message not in {"", common} else ""
        yield line(f"{MARKERS[item.action]} {kind_word(item.kind)} {named(item.name)}{words}", indent=4)
    yield from more(len(items[most:]))
    yield BLANK


def common_message(items: Sequence[ChangeResult]) -> str:
    """Return what is said of several changes that landed, such as what an older NetBox lacks: it is shown once."""
    counts = Counter(item.message for item in items if item.message and item.result is Result.DONE)
    return next((message for message, count in counts.most_common(1) if count > 1), "")
