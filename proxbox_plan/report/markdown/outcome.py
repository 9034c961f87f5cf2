"""An outcome as Markdown: what did not land first, with NetBox's messages; what landed is folded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.report.markdown.comment import Cells, Section, comment, folded, marker, table, titled
from proxbox_plan.report.markdown.escaping import code, escaped
from proxbox_plan.report.messages import RESULTS, kind_word
from proxbox_plan.report.text.outcome import common_message, outcome_line
from proxbox_plan.report.values import named, said

_WHERE = "Everything is in the outcome file: `proxbox show plan.outcome.json --verbose`."
_HEADER = ("action", "kind", "object", "NetBox's message, or what it waited for")


def outcome_markdown(outcome: Outcome) -> str:
    """Return the outcome as Markdown, with as many rows as fit into one comment."""
    clusters = sorted({change.cluster for change in outcome.changes if change.cluster})
    head = f"{marker('outcome', clusters)}\n### {escaped(outcome_line(outcome))}\n"
    return comment(head, partial(_parts, outcome), where=_WHERE)


def _parts(outcome: Outcome, grave: int, other: int) -> Iterator[Section]:
    if outcome.warning:
        yield Section(f"> **Warning:** {escaped(said(outcome.warning))}.\n")
    if outcome.stopped:
        yield Section(f"> **Stopped:** {escaped(said(outcome.stopped))}\n")
    for result in (Result.FAILED, Result.STALE, Result.BLOCKED, Result.PENDING, Result.DONE):
        items = [item for item in outcome.results if item.result is result]
        common = common_message(items)
        title = f"{len(items):,} {RESULTS[result]}" + (f": {escaped(said(common))}" if common else "")
        row = partial(_row, common)
        if items and result in {Result.FAILED, Result.STALE}:
            yield titled(title, table(_HEADER, items, row, grave))
        elif items:
            yield folded(title, table(_HEADER, items, row, other))
    yield Section(f"Plan {code(named(outcome.plan_id))} for {code(named(outcome.netbox_url))}.\n")


def _row(common: str, item: ChangeResult) -> Cells:
    words = code(said(item.message)) if item.message not in {"", common} else ""
    return item.action.value, escaped(kind_word(item.kind)), code(named(item.name)), words
