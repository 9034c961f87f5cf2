"""Drift as Markdown: by who changed it, what a person changed first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.plan import Units
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Code, Paragraph, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.markdown.not_changed import not_changed
from proxbox_plan.report.messages import ORIGINS, kind_word
from proxbox_plan.report.text.drift import (
    changelog_words,
    consequences_title,
    drift_line,
    drift_sections,
    held_items,
    item_sides,
    what_of,
    who_words,
)
from proxbox_plan.report.values import named, said

_WHERE: Words = (
    "Everything is in ",
    Code("proxbox drift --verbose"),
    ", or as a page with ",
    Code("--format html"),
    ".",
)
_FOLDED = {Origin.PRESERVED, Origin.NEW}
_HEADER = ("kind", "object", "cluster", "field", "NetBox", "Proxmox", "who")


def drift_markdown(drift: Drift, links: Sequence[Link] = ()) -> str:
    """Return the drift as Markdown, with as many rows as fit into one comment."""
    return comment(
        marker("drift", drift.clusters), drift_line(drift), partial(_blocks, drift), where=_WHERE, links=links
    )


def _blocks(drift: Drift, grave: int, other: int) -> Iterator[Block]:
    if drift.taken_at:
        yield Paragraph((f"Seen {drift.taken_at}.",))
    units = drift.binding.units
    row = partial(_row, units=units)
    for origin, items in drift_sections(drift).items():
        folded = origin in _FOLDED
        most = other if folded else grave
        yield table(f"{ORIGINS[origin]}: {len(items):,}", _HEADER, items, row, most, folded=folded)
    if held := held_items(drift):
        yield table(
            f"Held, and never applied: {len(held):,}", (*_HEADER, "why"), held, partial(_held, units=units), grave
        )
    if drift.consequences:
        header = ("kind", "object", "cluster", "what", "brought along by")
        along = partial(_consequence, units=units)
        yield table(consequences_title(drift), header, drift.consequences, along, other, folded=True)
    if words := changelog_words(drift):
        yield Paragraph((words,))
    yield from not_changed(drift, grave)


def _row(item: Item, units: Units) -> tuple[Words, ...]:
    about = kind_word(item.kind), Code(named(item.name)), Code(named(item.cluster or ""))
    who = Code(said(who_words(item)))
    if item.field is None:
        return *about, what_of(item, units, who=False), "", "", who
    return *about, Code(named(item.field)), *map(Code, item_sides(item, units)), who


def _held(item: Item, units: Units) -> tuple[Words, ...]:
    return *_row(item, units), Code(said(item.held))


def _consequence(item: Item, units: Units) -> tuple[Words, ...]:
    about = kind_word(item.kind), Code(named(item.name)), Code(named(item.cluster or ""))
    return *about, Code(said(what_of(item, units))), Code(named(item.follows or ""))
