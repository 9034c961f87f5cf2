"""The changes of a plan in a comment: an entry of one line for each machine, with what changes of it behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Final

from proxbox_plan.core.listed import listed
from proxbox_plan.model.plan import Action, Change, Units
from proxbox_plan.report.along import along_words
from proxbox_plan.report.markdown.blocks import Block, Code, Details, Entries, MarkdownTable, Words, table
from proxbox_plan.report.markdown.others import Row, lost_blocks, other_blocks, set_fields
from proxbox_plan.report.messages import MARKERS, capitalized, counted, kind_word
from proxbox_plan.report.overview.entry import MachineEntry
from proxbox_plan.report.overview.fate import GONE, WHOLE
from proxbox_plan.report.overview.field_words import field_words, told
from proxbox_plan.report.overview.folding import LOST, by_fate, part_counts
from proxbox_plan.report.overview.headline import fate_words
from proxbox_plan.report.overview.overview import PlanOverview
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.values import named

MOST_GONE: Final = 30
"""Machines with an entry of their own, of those that go; the others are rows."""
MOST_SHOWN: Final = 10
"""The same of machines with any other fate."""

_TOLD = 2  # changes told on the line of a machine
_ROWS = 40  # rows behind it


def machine_blocks(overview: PlanOverview, grave: int, other: int) -> Iterator[Block]:
    """Yield what goes, the other machines by what happens to them, then the nodes, then everything else."""
    fates = by_fate(overview.machines)
    for fate, entries in fates:
        if fate in GONE:
            yield _entries(f"{capitalized(fate)}: {counted(len(entries), 'machine')}", entries, overview.units, grave)
    yield from lost_blocks(overview, grave)
    for fate, entries in fates:
        if fate not in GONE:
            yield _entries(f"{capitalized(fate)}: {counted(len(entries), 'machine')}", entries, overview.units, other)
    if overview.nodes:
        yield _entries(f"Nodes: {fate_words(overview.nodes)}", overview.nodes, overview.units, other)
    yield from other_blocks(overview, other)


def _entries(title: str, entries: Sequence[MachineEntry], units: Units, rows: int) -> Entries:
    most = min(MOST_GONE if entries[0].fate in GONE else MOST_SHOWN, rows)
    shown, rest = entries[:most], entries[most:]
    made = tuple(Details(_summary(entry, units), _inside(entry, units, min(rows, _ROWS))) for entry in shown)
    header = ("machine", "", "cluster", "node", "what")
    return Entries(
        title, made, table(f"{len(rest):,} more", header, rest, partial(_row, units), rows) if rest else None
    )


def _summary(entry: MachineEntry, units: Units) -> Words:
    where = [word for name in (entry.cluster, entry.node) if name for word in (", ", Code(named(name)))]
    return (Code(named(entry.name)), f" {named(entry.what)}", *where, ": ", *_told(entry, units))


def _row(units: Units, entry: MachineEntry) -> Row:
    cluster, node = Code(named(entry.cluster)), Code(named(entry.node))
    return Code(named(entry.name)), named(entry.what), cluster, node, tuple(_told(entry, units))


def _told(entry: MachineEntry, units: Units) -> Iterator[str]:
    """Yield in a few words what happens to a machine."""
    if entry.fate in WHOLE:
        yield entry.why or entry.fate
        if parts := part_counts([entry]):
            yield f"; {parts}"
        return
    phrases = list(_phrases(entry, units))
    for place, phrase in enumerate(phrases[:_TOLD]):
        yield "; " if place else ""
        yield from phrase
    if len(phrases) > _TOLD:
        yield f"; {len(phrases) - _TOLD:,} more"
    reasons = dict.fromkeys(map(reason_words, entry.changes))
    yield f" ({listed(list(reasons), _TOLD)})"


def _phrases(entry: MachineEntry, units: Units) -> Iterator[tuple[str, ...]]:
    """Yield each field that changes, and each part that comes or goes, in a few words."""
    names = {part.change.address: part.name for part in entry.parts}
    for change in entry.changes:
        name = names.get(change.address, "")
        about = (f"{MARKERS[change.action]} {kind_word(change.kind)} ", Code(named(name)), " ") if name else ()
        fields = () if name and change.action in {Action.CREATE, *LOST} else told(change)
        for field in fields:
            yield (*about, Code(named(field.field)), " ", Code(field_words(change, field, units).text))
        if not fields:
            yield about[:-1] or (reason_words(change),)


def _inside(entry: MachineEntry, units: Units, most: int) -> MarkdownTable:
    """Return what is behind an entry: a row for each field, and one for each part that comes or goes."""
    names = {part.change.address: part.name for part in entry.parts}
    rows = list(chain.from_iterable(_rows(change, names.get(change.address, ""), units) for change in entry.changes))
    return table("", ("", "what", "field", "before", "after"), rows, lambda row: row, most)


def _rows(change: Change, part: str, units: Units) -> Iterator[Row]:
    what: tuple[str, ...] = (kind_word(change.kind), *((" ", Code(named(part))) if part else ()))
    marker, along = MARKERS[change.action], along_words(change)
    fields = told(change, within=bool(part))
    if change.action in LOST or not fields:
        yield marker, (*what, "; ", Code(along)) if along else what, "", "", ""
    elif change.action is Action.CREATE:
        yield marker, what, "", "", tuple(set_fields(change, fields, units))
    else:
        for field in fields:
            words = field_words(change, field, units)
            yield marker, what, Code(field.field), Code(words.before), Code(words.delta or words.after)
