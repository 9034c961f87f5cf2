"""An outcome for the terminal: the counts, then what did not land, with NetBox's messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.report.messages import MARKERS, RESULTS, counted, kind_word
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
_SHOWN = (Result.FAILED, Result.STALE, Result.BLOCKED, Result.PENDING)


def outcome_text(outcome: Outcome, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the outcome as text."""
    lines: list[str] = []
    for result in (*_SHOWN, Result.DONE) if verbose else _SHOWN:
        lines += _section(outcome, result, style, verbose=verbose)
    if outcome.warning:
        lines.append(style.paint(f"Warning: {said(outcome.warning)}.", "yellow"))
    if outcome.stopped:
        lines.append(style.paint(f"Stopped: {said(outcome.stopped)}", "red"))
    return "\n".join([*lines, style.paint(outcome_line(outcome), "bold")]) + "\n"


def outcome_line(outcome: Outcome) -> str:
    """Return the outcome in one line."""
    counts = Counter(item.result for item in outcome.results)
    objects = len({item.address.first_pass for item in outcome.results})
    to = f" to {counted(objects, 'object')}" if objects < len(outcome.results) else ""  # some are written twice
    landed = f"Applied {counts[Result.DONE]:,} of {counted(len(outcome.results), 'change')}{to}"
    rest = [f"{counts[result]:,} {result.value}" for result in _SHOWN if counts[result]]
    return "; ".join([landed, *rest, f"{counted(outcome.writes, 'write request')} sent"]) + "."


def _section(outcome: Outcome, result: Result, style: Style, *, verbose: bool) -> Iterator[str]:
    items = [item for item in outcome.results if item.result is result]
    if not items:
        return
    title = RESULTS[result]
    yield style.paint(f"{len(items):,} {title}", _HUES[result])
    common = common_message(items)
    if common:
        yield f"    {said(common)}"
    most = MOST_PENDING if result in {Result.PENDING, Result.BLOCKED} and not verbose else len(items)
    for item in items[:most]:
        yield _line(item, common)
    if len(items) > most:
        yield f"    … and {len(items) - most:,} more (--verbose shows them)"
    yield ""


def common_message(items: Sequence[ChangeResult]) -> str:
    """Return what is said of several changes that landed, such as what an older NetBox lacks: it is shown once."""
    counts = Counter(item.message for item in items if item.message and item.result is Result.DONE)
    return next((message for message, count in counts.most_common(1) if count > 1), "")


def _line(item: ChangeResult, common: str) -> str:
    words = f": {said(item.message)}" if item.message not in {"", common} else ""
    return f"    {MARKERS[item.action]} {kind_word(item.kind)} {named(item.name)}{words}"
