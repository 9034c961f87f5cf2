"""Legacy: objects that proxbox-api made: known by rows of its plugin, or by its old custom fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.claims import Claims
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, Legacy
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_Marked = tuple[str, Row]  # guest type, or nothing when it was not said


class LegacyIndex:
    """Objects that are not ours, by kind and by the vmid another tool remembers for them."""

    def __init__(self, rows: Rows, claims: Claims) -> None:
        """Index every kind that older tools marked, without what carries a key."""
        self._found: dict[tuple[str, str], list[_Marked]] = {}
        for kind in KINDS.values():
            for vmid, marked in _marks(kind, kind.legacy, rows) if kind.legacy is not None else ():
                if not claims.has(kind.name, marked[1].id):
                    self._found.setdefault((kind.name, vmid), []).append(marked)

    def find(self, kind: Kind, wanted: DesiredObject, ids: Mapping[Address, int]) -> Row | None:
        """Return the object that an older tool made of this guest.

        Only within the guest's own cluster, only when it is the only one, and never one that is ours already.
        """
        if kind.legacy is None:
            return None
        cluster = wanted.fields.get("cluster")
        owner = ids.get(cluster.address) if isinstance(cluster, Ref) and cluster.address else None
        found = {
            row.id: row
            for guest_type, row in self._found.get((kind.name, wanted.key.last), ())
            if guest_type in ("", wanted.key.sort) and owner is not None and ref_id(row.fields.get("cluster")) == owner
        }
        return next(iter(found.values())) if len(found) == 1 else None


def _marks(kind: Kind, legacy: Legacy, rows: Rows) -> Iterator[tuple[str, _Marked]]:
    for row in rows.of(kind.name):
        if row.key is None and row.legacy is not None:
            yield str(row.legacy.get("vmid")), (str(row.legacy.get("type") or ""), row)
    for mark in rows.of(legacy.kind):
        found = rows.by_id(kind.name, ref_id(mark.fields.get(legacy.reference)) or 0)
        if found is not None and found.key is None:
            yield str(mark.fields.get(legacy.vmid)), (str(mark.fields.get(legacy.type) or ""), found)
