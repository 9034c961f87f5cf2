"""Referred: what tells apart the objects that changes refer to and that carry no key: their natural keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change
from proxbox_plan.model.reference import Ref, refs_of
from proxbox_plan.plan.relations.rows import Rows

Referred = dict[str, dict[str, dict[str, Any]]]
"""Kind -> NetBox id -> fields of its natural keys, references as ids."""


def shared_refs(changes: Iterable[Change]) -> Iterator[Ref]:
    """Yield the references of changes to existing objects that a key alone does not tell apart."""
    for change in changes:
        for item in change.fields:
            for ref in refs_of(item.after):
                kind = KINDS.get(ref.kind)
                if kind is not None and ref.id is not None and (kind.keyless or not kind.managed):
                    yield ref


def referred(changes: Iterable[Change], rows: Rows) -> Referred:
    """Return what these objects are when the plan is made; an apply compares it."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for ref in shared_refs(changes):
        row = rows.by_id(ref.kind, ref.id or 0)
        if row is not None:
            found.setdefault(ref.kind, {})[row.id] = _natural(KINDS[ref.kind], row)
    return {kind: {str(number): ids[number] for number in sorted(ids)} for kind, ids in sorted(found.items())}


def _natural(kind: Kind, row: Row) -> dict[str, Any]:
    names = sorted({name for natural in kind.natural for name in natural.fields if name in row.fields})
    return {name: _plain(row.fields[name]) for name in names}


def _plain(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value
