"""Parts: what hangs off a machine, whatever key it carries: an apply that stopped may have left it with an old one."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property

from proxbox_plan.mapping import GUEST, KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_Place = tuple[int, str, str]  # id of the machine, kind, and the key below that of the machine


def _hanging() -> frozenset[str]:
    """Return the kinds whose objects NetBox has on a machine, or on something that is on one."""
    found = {GUEST.name}
    while True:
        more = {kind.name for kind in KINDS.values() if kind.parent and found & set(kind.field(kind.parent).to)}
        if more <= found:
            return frozenset(found - {GUEST.name})
        found |= more


HANGING = _hanging()


class Parts:
    """The parts of machines, by NetBox's own references."""

    def __init__(self, index: Rows, clusters: Container[str]) -> None:
        """Look nothing up yet: hardly a plan needs it. What is of another cluster than these is not written to."""
        self._index = index
        self._clusters = clusters

    def machine_of(self, kind: Kind, row: Row) -> Row | None:
        """Return the machine that a part is on; null for one that people put there."""
        here: Row | None = row
        while here is not None and kind.name in HANGING:
            parent, applied = here.fields.get(kind.parent), here.last_applied
            number = ref_id(parent)
            if (
                not isinstance(parent, dict)
                or number is None
                or applied is None
                or applied.fields.get(kind.parent) != number
            ):
                return None
            kind = KINDS[str(parent["kind"])]
            here = self._index.by_id(kind.name, number)
        return here if kind is GUEST else None

    def find(self, machine: int, wanted: DesiredObject) -> Row | None:
        """Return the part of a machine that carries the key of another place; null unless there is exactly one."""
        return self._strays.get((machine, wanted.kind, "/".join(wanted.key.below_owner)))

    @cached_property
    def _strays(self) -> Mapping[_Place, Row | None]:
        found: dict[_Place, Row | None] = {}
        for kind in (KINDS[name] for name in sorted(HANGING)):
            for row in self._index.of(kind.name):
                if row.key is None or row.key.sort not in GUEST_TYPES or row.key.cluster not in self._clusters:
                    continue
                machine = self.machine_of(kind, row)
                if machine is not None and machine.key is not None and not row.key.is_under(machine.key):
                    place = machine.id, kind.name, "/".join(row.key.below_owner)
                    found[place] = None if place in found else row
        return found
