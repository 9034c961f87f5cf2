"""Rows of NetBox by natural key, and values reduced to what makes two of them the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id

NaturalKey = tuple[Any, ...]


class Rows:
    """The inventory's rows, indexed by id and natural key as they are asked for."""

    def __init__(self, inventory: Inventory) -> None:
        """Index lazily: most kinds are only ever looked up by key."""
        self._inventory = inventory
        self._natural: dict[tuple[str, Natural], dict[NaturalKey, list[Row]]] = {}
        self._ids: dict[str, dict[int, Row]] = {}

    def of(self, kind: str) -> tuple[Row, ...]:
        """All rows of a kind."""
        return self._inventory.kinds.get(kind, ())

    def by_id(self, kind: str, number: int) -> Row | None:
        """The row with NetBox's id."""
        if kind not in self._ids:
            self._ids[kind] = {row.id: row for row in self.of(kind)}
        return self._ids[kind].get(number)

    def by_natural(self, kind: Kind, natural: Natural, key: NaturalKey) -> list[Row]:
        """Rows of a kind with that natural key, ours or not."""
        index = self._natural.get((kind.name, natural))
        if index is None:
            index = {}
            for row in self.of(kind.name):
                index.setdefault(row_key(kind, natural, row), []).append(row)
            self._natural[kind.name, natural] = index
        return index.get(key, [])


def row_key(kind: Kind, natural: Natural, row: Row) -> NaturalKey:
    """Natural key of a row."""
    return tuple(_part(kind.field(name), row.fields.get(name), {}) for name in natural.fields)


def desired_key(
    kind: Kind, natural: Natural, fields: Mapping[str, Any], ids: Mapping[Address, int]
) -> NaturalKey | None:
    """Natural key of a desired object; null when a field it needs is not known.

    `ids` maps addresses to NetBox ids; an object that has none yet is told apart by its address.
    """
    if any(name not in fields for name in natural.fields):
        return None
    return tuple(_part(kind.field(name), fields[name], ids) for name in natural.fields)


def _part(field: Field, value: Any, ids: Mapping[Address, int]) -> Any:
    if isinstance(value, Ref):
        return value.id or (ids.get(value.address) if value.address else None) or value.address
    if isinstance(value, dict):
        return ref_id(value)
    if field.type is FieldType.CIDR and isinstance(value, str):
        return value.split("/", maxsplit=1)[0]
    return value.casefold() if field.folded and isinstance(value, str) else value
