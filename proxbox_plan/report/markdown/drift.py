"""Drift as Markdown: by who changed it, what a person changed first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.report.markdown.comment import Cells, Section, comment, folded, marker, table, titled
from proxbox_plan.report.markdown.escaping import code, escaped, value
from proxbox_plan.report.markdown.plan import not_changed
from proxbox_plan.report.messages import ORIGINS, kind_word
from proxbox_plan.report.text.drift import (
    author_words,
    changelog_words,
    drift_line,
    drift_sections,
    held_items,
    what_of,
)
from proxbox_plan.report.values import named, said

_WHERE = "Everything is in `proxbox drift --verbose`, or as a page with `--format html`."
_FOLDED = {Origin.PRESERVED, Origin.NEW}
_HEADER = ("kind", "object", "cluster", "field", "NetBox", "Proxmox", "who")


def drift_markdown(drift: Drift) -> str:
    """Return the drift as Markdown, with as many rows as fit into one comment."""
    taken = f"Seen {escaped(drift.taken_at)}.\n" if drift.taken_at else ""
    head = f"{marker('drift', drift.clusters)}\n### {escaped(drift_line(drift))}\n{taken}"
    return comment(head, partial(_parts, drift), where=_WHERE)


def _parts(drift: Drift, grave: int, other: int) -> Iterator[Section]:
    for origin, items in drift_sections(drift).items():
        name = f"{escaped(ORIGINS[origin])}: {len(items):,}"
        if origin in _FOLDED:
            yield folded(name, table(_HEADER, items, _row, other))
        else:
            yield titled(name, table(_HEADER, items, _row, grave))
    if items := held_items(drift):
        title = f"Held, and never applied: {len(items):,}"
        yield titled(title, table((*_HEADER, "why"), items, lambda item: (*_row(item), code(said(item.held))), grave))
    if words := changelog_words(drift):
        yield Section(f"{escaped(words)}\n")
    yield from not_changed(drift, grave)


def _row(item: Item) -> Cells:
    about = escaped(kind_word(item.kind)), code(named(item.name)), code(named(item.cluster)) if item.cluster else ""
    who = code(said(author_words(item.author))) if item.author else ""
    if item.field is None:
        return *about, escaped(what_of(item.replace(author=None))), "", "", who
    return *about, code(named(item.field)), value(item.netbox), value(item.proxmox), who
