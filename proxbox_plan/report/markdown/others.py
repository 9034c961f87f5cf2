"""What changes in a comment beside the machines: VLANs, clusters, and what is shared; a row for each field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from proxbox_plan.core.listed import listed
from proxbox_plan.model.plan import Action, Change, FieldChange, Units
from proxbox_plan.report.along import along_words
from proxbox_plan.report.markdown.blocks import Block, Code, Words, table
from proxbox_plan.report.messages import MARKERS, counted, counted_kind, kind_word
from proxbox_plan.report.overview.field_words import field_words, told
from proxbox_plan.report.overview.folding import LOST
from proxbox_plan.report.overview.overview import PlanOverview
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.summary import SHARED
from proxbox_plan.report.values import named

Row = tuple[Words, ...]

_KINDS = 12  # kinds named on the line


def set_fields(change: Change, fields: Sequence[FieldChange], units: Units) -> Iterator[str]:
    """Yield what a new object is given, one field after the other."""
    for place, field in enumerate(fields):
        yield f"{', ' if place else ''}{named(field.field)} "
        yield Code(field_words(change, field, units).text)


def lost_blocks(overview: PlanOverview, most: int) -> Iterator[Block]:
    """Yield what goes that is no part of a machine."""
    lost = [change for group in overview.others for change in group.changes if change.action in LOST]
    if lost:
        header = ("", "kind", "object", "cluster", "why", "along with it")
        yield table(f"Other objects deleted or forgotten: {len(lost):,}", header, lost, _lost, most)


def other_blocks(overview: PlanOverview, most: int) -> Iterator[Block]:
    """Yield the rest that is no part of a machine, behind a line."""
    rest = [change for group in overview.others for change in group.changes if change.action not in LOST]
    if rest:
        counts = Counter(change.kind for change in rest)
        kinds = listed([counted_kind(kind, count) for kind, count in counts.items()], _KINDS)
        rows = [row for change in rest for row in _other(change, overview.units)]
        header = ("", "kind", "object", "cluster", "field", "before", "after")
        yield table(f"{counted(len(rest), 'other object')}: {kinds}", header, rows, lambda row: row, most, folded=True)


def _about(change: Change) -> tuple[str, str, str, str]:
    cluster = Code(named(change.cluster)) if change.cluster else SHARED
    return MARKERS[change.action], kind_word(change.kind), Code(named(change.name)), cluster


def _lost(change: Change) -> Row:
    return *_about(change), reason_words(change), Code(along_words(change))


def _other(change: Change, units: Units) -> Iterator[Row]:
    about = _about(change)
    fields = told(change)
    if change.action is Action.CREATE:
        yield *about, "", "", tuple(set_fields(change, fields, units))
    elif not fields:
        yield *about, reason_words(change), "", ""
    for field in fields if change.action is not Action.CREATE else ():
        words = field_words(change, field, units)
        yield *about, Code(field.field), Code(words.before), Code(words.delta or words.after)
