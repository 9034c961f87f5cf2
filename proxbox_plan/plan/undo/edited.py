"""Edited: what other users changed since the apply is not reverted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.estate.claims import Claims
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import KEY_FIELD, Kind
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Delete, FieldChange
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.diff.ownership import actual_record
from proxbox_plan.plan.relations.rows import Rows
from proxbox_plan.plan.undo.reverted import landed, row_value


def edited(outcome: Outcome, rows: Rows, claims: Claims) -> Iterator[Problem]:
    """Yield a problem for each object that another user edited since the apply: it is not reverted."""
    for change, number in landed(outcome):
        row = rows.by_id(change.kind, number)
        if isinstance(change, Delete) or row is None or claims.has(change.kind, number):
            continue
        names = [field.field for field in _differing(KINDS[change.kind], change.fields, row)]
        names += [KEY_FIELD] if row.key != change.key else []
        if names:
            yield Problem(
                code=ProblemCode.EDITED_SINCE,
                address=change.address,
                message=f"{change.kind} {change.name!r} was edited since ({', '.join(names)}) and is not reverted",
                hint="Correct the object in NetBox, or plan against Proxmox again.",
            )


def _differing(kind: Kind, fields: Iterable[FieldChange], row: Row) -> Iterator[FieldChange]:
    for field in fields:
        actual = row_value(row, field.field)
        if field.field == "tags":
            if sorted(actual) != sorted(field.after or ()):
                yield field
            continue
        spec = kind.field(field.field)
        wanted = field.after
        if _has_unknown_id(wanted):
            continue  # it points to what the apply created; NetBox keeps such a link or drops it with its target
        if actual_record(spec, actual) != actual_record(spec, wanted):
            yield field


def _has_unknown_id(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and "kind" in item and item.get("id") is None for item in items)
