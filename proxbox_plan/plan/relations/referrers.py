"""Referrers: the rows of ours that refer to an object, and what becomes of each reference when that is deleted.

Asked of NetBox or not: what the rows themselves say, in NetBox's own tables and in those of a plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Field, Kind, OnDelete
from proxbox_plan.model.relation import Effect
from proxbox_plan.plan.relations.references import ref_id, references

_EFFECTS: Mapping[OnDelete, Effect] = MappingProxyType(
    {
        OnDelete.SET_NULL: Effect.EMPTIED,
        OnDelete.DO_NOTHING: Effect.EMPTIED,  # an id that leads nowhere is no reference
        OnDelete.CASCADE: Effect.DELETED,
    }
)


def _lost() -> Iterator[tuple[Kind, Field]]:
    """Yield the fields that lose their value with what they refer to; a part goes with its parent (`HANGS_OFF`)."""
    for kind in KINDS.values():
        for field in kind.fields:
            to_ours = any(name in KINDS and KINDS[name].managed for name in field.to)
            if to_ours and not field.read_only and field.name != kind.parent and field.on_delete in _EFFECTS:
                yield kind, field


LOSING: tuple[tuple[Kind, Field], ...] = tuple(_lost())
"""Each field of ours whose object NetBox deletes, or that it empties, with what the field refers to."""
EMPTIED: tuple[tuple[Kind, Field], ...] = tuple(
    (kind, field) for kind, field in LOSING if _EFFECTS[field.on_delete] is Effect.EMPTIED
)


def losing(inventory: Inventory) -> Iterator[Dependent]:
    """Yield each reference in a row of ours that is lost, or whose row is, when its target is deleted."""
    for kind, field in LOSING:
        effect = _EFFECTS[field.on_delete]
        for row in inventory.kinds.get(kind.name, ()):
            for ref in references(row.fields.get(field.name)) if row.key is not None else ():
                number = ref_id(ref)
                if number is not None:
                    yield Dependent(
                        kind=ref["kind"],
                        on=number,
                        model=kind.object_type,
                        id=row.id,
                        name=row.name,
                        effect=effect,
                        field=field.name if effect is Effect.EMPTIED else "",
                    )


def record_lookups(inventory: Inventory, kind: str, number: int, included: Callable[[Kind], bool]) -> Iterator[Lookup]:
    """Yield the questions for the records of a plugin that refer to an object: for other rows NetBox is asked anyway.

    A filter that the plugin does not have gives all rows of the table, which is an answer as well.
    """
    for other, field in EMPTIED:
        if other.record and kind in field.to and inventory.has(other) and included(other):
            yield Lookup(other.name, f"{field.name}_id", str(number))
