"""An outcome as Markdown: what did not land first, with NetBox's messages; what landed is folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Code, Paragraph, Quote, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.messages import RESULTS, kind_word
from proxbox_plan.report.text.outcome import common_message, outcome_line
from proxbox_plan.report.values import named, said

_WHERE: Words = ("Everything is in the outcome file: ", Code("proxbox show plan.outcome.json --verbose"), ".")
_HEADER = ("action", "kind", "object", "NetBox's message, or what it waited for")
_GRAVE = frozenset({Result.FAILED, Result.STALE})


def outcome_markdown(outcome: Outcome, links: Sequence[Link] = ()) -> str:
    """Return the outcome as Markdown, with as many rows as fit into one comment."""
    clusters = sorted({change.cluster for change in outcome.changes if change.cluster})
    about = marker("outcome", clusters)
    return comment(about, outcome_line(outcome), partial(_blocks, outcome), where=_WHERE, links=links)


def _blocks(outcome: Outcome, grave: int, other: int) -> Iterator[Block]:
    if outcome.warning:
        yield Quote("WARNING", "Not everything could be verified", (f"{said(outcome.warning)}.",))
    if outcome.stopped:
        yield Quote("CAUTION", "Stopped", (said(outcome.stopped),))
    results = outcome.by_object()
    for result in (Result.FAILED, Result.STALE, Result.BLOCKED, Result.PENDING, Result.DONE):
        items = [item for item in results if item.result is result]
        common = common_message(items)
        title = f"{len(items):,} {RESULTS[result]}" + (f": {said(common)}" if common else "")
        if items:
            most = grave if result in _GRAVE else other
            yield table(title, _HEADER, items, partial(_row, common), most, folded=result not in _GRAVE)
    yield Paragraph((("Plan ", Code(named(outcome.plan_id)), " for ", Code(named(outcome.netbox_url)), "."),))


def _row(common: str, item: ChangeResult) -> tuple[Words, ...]:
    words = Code(said(item.message)) if item.message not in {"", common} else ""
    return item.action.value, kind_word(item.kind), Code(named(item.name)), words
