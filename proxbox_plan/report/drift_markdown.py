"""Drift as Markdown: by who changed it, what a person changed first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from proxbox_plan.model.plan import Cause, Plan
from proxbox_plan.report.comment import Part, Row, comment, folded, marker, table, titled
from proxbox_plan.report.drift import LEFT, Item, drift_line, drift_sections
from proxbox_plan.report.escaping import code, escaped, value
from proxbox_plan.report.plan_markdown import left_out
from proxbox_plan.report.values import named
from proxbox_plan.report.words import CAUSES, kind_word

_WHERE = "Everything is in `proxbox drift --verbose`, or as a page with `--format html`."
_FOLDED = {LEFT, CAUSES[Cause.NEW]}
_HEADER = ("kind", "object", "cluster", "field", "NetBox", "Proxmox")


def drift_markdown(plan: Plan) -> str:
    """Return the drift as Markdown, with as many rows as fit into one comment."""
    head = f"{marker('drift', plan.clusters)}\n### {escaped(drift_line(plan))}\n"
    return comment(head, partial(_parts, plan), where=_WHERE)


def _parts(plan: Plan, grave: int, other: int) -> Iterator[Part]:
    for title, items in drift_sections(plan).items():
        name = f"{escaped(title)}: {len(items):,}"
        if title in _FOLDED:
            yield folded(name, table(_HEADER, items, _row, other))
        else:
            yield titled(name, table(_HEADER, items, _row, grave))
    yield from left_out(plan, grave)


def _row(item: Item) -> Row:
    about = escaped(kind_word(item.kind)), code(named(item.name)), code(named(item.cluster)) if item.cluster else ""
    if not item.field:
        return *about, escaped(item.reason), "", ""
    return *about, code(named(item.field)), value(item.netbox), value(item.proxmox)
