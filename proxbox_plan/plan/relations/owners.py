"""Owners: which guest or node of NetBox an object hangs off, whatever keys the two carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.mapping import GUEST, KINDS, NODE
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_OWNERS = (GUEST.name, NODE.name)


def owner_of(index: Rows, kind: Kind, row: Row) -> Row | None:
    """Return the guest or node that an object hangs off; null where NetBox was not asked for it."""
    found: Row | None = None
    for name, number in _above(index, kind, row):
        found = index.by_id(name, number) if name in _OWNERS else None
    return found


def owner_lookups(index: Rows, changes: Iterable[Change]) -> Iterator[Lookup]:
    """Yield the questions for what the objects of changes hang off, as far as it is not known.

    People may have removed our key from a guest, and what is tagged on it still counts.
    """
    for change in changes:
        row = index.by_id(change.kind, change.target_id or 0)
        for name, number in _above(index, KINDS[change.kind], row) if row is not None else ():
            if index.by_id(name, number) is None:
                yield Lookup(name, "id", str(number))


def _above(index: Rows, kind: Kind, row: Row) -> Iterator[tuple[str, int]]:
    """Yield what an object hangs off, and what that does, up to a guest or node: the last one may not be known."""
    here: Row | None = row
    while here is not None and kind.name not in _OWNERS:
        parent = here.fields.get(kind.parent)
        number = ref_id(parent)
        if not isinstance(parent, dict) or number is None or parent["kind"] not in KINDS:
            return
        kind = KINDS[str(parent["kind"])]
        yield kind.name, number
        here = index.by_id(kind.name, number)
