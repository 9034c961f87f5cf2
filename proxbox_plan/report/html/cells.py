"""The fields of a change as cells of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from proxbox_plan.model.plan import Change, Create, Delete, Units
from proxbox_plan.report.html.model import Cell
from proxbox_plan.report.messages import CAUSES
from proxbox_plan.report.overview.field_words import EMPTY, field_words
from proxbox_plan.report.values import named, shown

LONGEST_CELL: Final = 1000
"""A value is cut only when it is very long."""


def cells_of(change: Change, units: Units) -> Iterator[Cell]:
    """Yield the fields; a creation has those it sets and nothing before them, a deletion nothing after them."""
    for field in change.fields:
        if isinstance(change, Create) and field.after in EMPTY:
            continue
        words = field_words(change, field, units, longest=LONGEST_CELL)
        note = "" if isinstance(change, Create | Delete) else CAUSES[field.cause]
        yield Cell(named(words.name), words.before, words.delta or words.after, note)


def value_of(value: Any) -> str:
    """Return a value, cut only when it is very long."""
    return shown(value, longest=LONGEST_CELL)


def ids_of(change: Change) -> str:
    """Return how NetBox knows the object; empty for one that is yet to be created."""
    return f"NetBox id {change.target_id}" if change.target_id is not None else ""
