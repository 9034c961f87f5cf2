"""Lookup: whether a write whose answer was lost happened, asked of NetBox before anything is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.model.inventory import KEY_FIELD
from proxbox_plan.model.kind import FieldType, Kind
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.values import Ref
from proxbox_plan.model.wire import read_field

_CHUNK = 50


@dataclass(frozen=True, slots=True)
class Found:
    """The NetBox object of a change that has landed."""

    id: int
    last_updated: str | None


class Lookup:
    """Asks one NetBox what has landed."""

    def __init__(self, netbox: NetBox, kinds: Mapping[str, Kind], resolve: Callable[[Ref], int]) -> None:
        """`resolve` gives the ids of objects created on the way."""
        self._netbox = netbox
        self._kinds = kinds
        self._resolve = resolve
        self._types = {kind.object_type: name for name, kind in kinds.items()}

    async def landed(self, changes: Sequence[Change]) -> dict[str, Found]:
        """Return what has landed, by address; a deletion has landed when the object is gone."""
        groups: dict[tuple[str, Action, bool], list[Change]] = {}
        for change in changes:
            groups.setdefault((change.kind, change.action, change.key is not None), []).append(change)
        chunks = [
            part[start : start + _CHUNK] for part in groups.values() for start in range(0, len(part), _CHUNK)
        ]
        found = await asyncio.gather(*(self._chunk(chunk) for chunk in chunks))
        return {address: item for part in found for address, item in part.items()}

    async def _chunk(self, changes: Sequence[Change]) -> dict[str, Found]:
        first = changes[0]
        if first.action is Action.CREATE:
            return await (self._by_key(changes) if first.key is not None else self._by_natural(changes))
        return await self._by_id(changes)

    async def _by_key(self, changes: Sequence[Change]) -> dict[str, Found]:
        by_key = {change.key: change.address for change in changes}
        query = {f"cf_{KEY_FIELD}": [key for key in by_key if key], "fields": "id,last_updated,custom_fields"}
        found: dict[str, Found] = {}
        async for row in self._netbox.rows(self._kinds[changes[0].kind].path, query):
            key = (row.get("custom_fields") or {}).get(KEY_FIELD)
            if key in by_key:
                found[by_key[key]] = Found(row["id"], row.get("last_updated"))
        return found

    async def _by_natural(self, changes: Sequence[Change]) -> dict[str, Found]:
        kind = self._kinds[changes[0].kind]
        natural = kind.natural[-1]
        values = {change.address: self._natural(kind, natural.fields, change) for change in changes}
        place = natural.fields.index(natural.by)
        asked = sorted({str(value[place]) for value in values.values()})
        found: dict[str, Found] = {}
        async for row in self._netbox.rows(kind.path, {natural.filter: asked}):
            actual = tuple(_plain(read_field(kind.field(name), row, self._types)) for name in natural.fields)
            for address, value in values.items():
                if value == actual:
                    found[address] = Found(row["id"], row.get("last_updated"))
        return found

    def _natural(self, kind: Kind, names: tuple[str, ...], change: Change) -> tuple[Any, ...]:
        fields = {field.field: field.after for field in change.fields}
        return tuple(self._sent(kind, name, fields.get(name)) for name in names)

    async def _by_id(self, changes: Sequence[Change]) -> dict[str, Found]:
        kind = self._kinds[changes[0].kind]
        rows: dict[int, dict[str, Any]] = {}
        query = {"id": [str(change.netbox_id) for change in changes]}
        async for row in self._netbox.rows(kind.path, query):
            rows[row["id"]] = row
        found: dict[str, Found] = {}
        for change in changes:
            number = change.netbox_id or 0
            row_found = rows.get(number)
            if change.action is Action.DELETE:
                if row_found is None:
                    found[change.address] = Found(number, None)
            elif row_found is not None and self.agrees(kind, change, row_found, after=True):
                found[change.address] = Found(number, row_found.get("last_updated"))
        return found

    def agrees(self, kind: Kind, change: Change, row: Mapping[str, Any], *, after: bool) -> bool:
        """Whether a row holds the values of the change: those after it, or those before it."""
        if after:
            key = (row.get("custom_fields") or {}).get(KEY_FIELD)
            if change.action in (Action.ADOPT, Action.FORGET) and key != change.key:
                return False
        for field in change.fields:
            wanted = field.after if after else field.before
            if field.field == "tags":
                actual: Any = sorted(tag["slug"] for tag in row.get("tags") or ())
                if actual != sorted(wanted or ()):
                    return False
                continue
            spec = kind.field(field.field)
            if _plain(read_field(spec, row, self._types)) != self._sent(kind, field.field, wanted):
                return False
        return True

    def _sent(self, kind: Kind, name: str, value: Any) -> Any:
        if kind.field(name).type in (FieldType.REF, FieldType.GENERIC) and isinstance(value, dict):
            return self._resolve(Ref.from_json(value))
        if kind.field(name).type is FieldType.REFS:
            return sorted(self._resolve(Ref.from_json(item)) for item in value or ())
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("id")
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sorted(item["id"] for item in value)
    return value
