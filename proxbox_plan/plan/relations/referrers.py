"""Referrers: the rows of ours that refer to an object, and what becomes of each reference when that is deleted.

Asked of NetBox or not: what the rows themselves say, in NetBox's own tables and in those of a plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Field, Kind, OnDelete
from proxbox_plan.model.relation import Effect
from proxbox_plan.plan.relations.references import ref_id, references

_EFFECTS: Mapping[OnDelete, Effect] = MappingProxyType(
    {
        OnDelete.SET_NULL: Effect.EMPTIED,
        OnDelete.DO_NOTHING: Effect.EMPTIED,  # an id that leads nowhere is no reference
        OnDelete.CASCADE: Effect.DELETED,
        OnDelete.PROTECT: Effect.REFUSED,
    }
)


def _references() -> Iterator[tuple[Kind, Field]]:
    """Yield the fields that depend on what they refer to; a part goes with its parent (`HANGS_OFF`)."""
    for kind in KINDS.values():
        for field in kind.fields:
            to_ours = any(name in KINDS and KINDS[name].managed for name in field.to)
            if to_ours and not field.read_only and field.name != kind.parent:
                yield kind, field


REFERRING: tuple[tuple[Kind, Field], ...] = tuple(_references())
"""Each field of ours that refers to an object of ours, by which NetBox deletes, empties or refuses something."""
EMPTIED: tuple[tuple[Kind, Field], ...] = tuple(
    (kind, field) for kind, field in REFERRING if _EFFECTS[field.on_delete] is Effect.EMPTIED
)


class Referrers:
    """The references in rows of ours to objects, indexed by the kind of these as it is asked for."""

    def __init__(self, inventory: Inventory) -> None:
        """Index lazily: few kinds are ever deleted."""
        self._inventory = inventory
        self._by_kind: dict[str, dict[int, list[tuple[Kind, Field, Row]]]] = {}

    def of(self, kind: str, number: int) -> Iterator[Dependent]:
        """Yield each reference to an object that is lost, or whose row is, when that is deleted, or that forbids it."""
        if kind not in self._by_kind:
            self._by_kind[kind] = self._referring(kind)
        for other, field, row in self._by_kind[kind].get(number, ()):
            effect = _EFFECTS[field.on_delete]
            yield Dependent(
                kind=kind,
                on=number,
                model=other.object_type,
                id=row.id,
                name=row.name,
                effect=effect,
                field="" if effect is Effect.DELETED else field.name,
            )

    def _referring(self, to: str) -> dict[int, list[tuple[Kind, Field, Row]]]:
        found: dict[int, list[tuple[Kind, Field, Row]]] = {}
        for kind, field in REFERRING:
            for row in self._inventory.kinds.get(kind.name, ()) if to in field.to else ():
                for ref in references(row.fields.get(field.name)) if row.key is not None else ():
                    number = ref_id(ref)
                    if number is not None and ref["kind"] == to:
                        found.setdefault(number, []).append((kind, field, row))
        return found


def record_lookups(inventory: Inventory, kind: str, number: int, included: Callable[[Kind], bool]) -> Iterator[Lookup]:
    """Yield the questions for records of a plugin that refer to an object; for other rows NetBox is asked anyway."""
    for other, field in EMPTIED:
        if other.record and kind in field.to and inventory.has(other) and included(other):
            yield Lookup(other.name, *_filter(field, number))


def _filter(field: Field, number: int) -> tuple[str, str]:
    """Return the filter for what refers to an object, and its value; for all rows where there is none."""
    if not field.filter:
        return "id__gt", "0"
    return field.name if field.filter == "name" else f"{field.name}_id", str(number)
