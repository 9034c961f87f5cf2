"""LandedLookup: asks NetBox whether a write whose answer was lost has landed, before anything is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.model.inventory.wire import read_field
from proxbox_plan.model.kind import CUSTOM, KEY_FIELD, FieldType, Kind
from proxbox_plan.model.plan import Action, Adopt, Change, Forget, Move, Update
from proxbox_plan.model.reference import Ref

_REFS = (FieldType.REF, FieldType.GENERIC)
NetBoxObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundObject:
    """The NetBox object of a change that has landed."""

    id: int
    last_updated: str | None


class LandedLookup:
    """Asks one NetBox what has landed."""

    def __init__(self, netbox: NetBox, kinds: Mapping[str, Kind], resolve: Callable[[Ref], int]) -> None:
        """`resolve` gives the ids of objects that this apply created."""
        self._netbox = netbox
        self._kinds = kinds
        self._resolve = resolve
        self._types = {kind.object_type: name for name, kind in kinds.items()}

    async def landed(self, changes: Sequence[Change]) -> dict[str, FoundObject]:
        """Return what has landed, by address; a deletion has landed when the object is gone."""
        groups: dict[tuple[str, Action, bool], list[Change]] = {}
        for change in changes:
            groups.setdefault((change.kind, change.action, change.key is not None), []).append(change)
        found = await asyncio.gather(*(self._group(group) for group in groups.values()))
        return {address: item for part in found for address, item in part.items()}

    async def _group(self, changes: Sequence[Change]) -> dict[str, FoundObject]:
        first = changes[0]
        if first.action is Action.CREATE:
            return await (self._by_key(changes) if first.key is not None else self._by_natural(changes))
        rows = await self.rows(changes)
        found: dict[str, FoundObject] = {}
        for change in changes:
            row, number = rows.get(change.target_id or 0), change.target_id or 0
            if change.action is Action.DELETE:
                if row is None:
                    found[change.address] = FoundObject(number, None)
            elif row is not None and self.agrees(change, row, after=True):
                found[change.address] = FoundObject(number, row.get("last_updated"))
        return found

    async def rows(self, changes: Sequence[Change]) -> dict[int, NetBoxObject]:
        """Return the objects of changes of one kind by id, with the fields the changes are about."""
        kind = self._kinds[changes[0].kind]
        ids = sorted({str(change.target_id) for change in changes})
        names = {field.field for change in changes for field in change.fields} - {"tags"}
        fields = self._columns(kind, names)
        return {row["id"]: row async for row in self._read(kind, "id", ids, fields)}

    async def keyed(self, changes: Sequence[Change]) -> dict[str, list[NetBoxObject]]:
        """Return every object that carries the key of one of these changes of one kind, oldest first.

        It has the fields that the changes are about.
        """
        kind, keys = self._kinds[changes[0].kind], sorted({change.key for change in changes if change.key})
        columns = self._columns(kind, {field.field for change in changes for field in change.fields} - {"tags"})
        found: dict[str, list[NetBoxObject]] = {}
        async for row in self._read(kind, f"cf_{KEY_FIELD}", keys, columns):
            key = (row.get("custom_fields") or {}).get(KEY_FIELD)
            if key in keys:  # the filter of a field that another user created may be loose
                found.setdefault(key, []).append(row)
        return found

    async def _by_key(self, changes: Sequence[Change]) -> dict[str, FoundObject]:
        rows = await self.keyed(changes)
        pairs = ((change, rows[change.key][0]) for change in changes if change.key in rows)
        return {change.address: FoundObject(row["id"], row.get("last_updated")) for change, row in pairs}

    async def made_by_others(self, changes: Sequence[Change]) -> dict[str, FoundObject]:
        """Return the shared objects, of creations of one kind, that are there exactly as they would be created."""
        kind = self._kinds[changes[0].kind]
        names = {field.field for change in changes for field in change.fields} - {"tags"}
        return {
            change.address: FoundObject(row["id"], row.get("last_updated"))
            async for row in self._naturals(kind, changes, names)
            for change in changes
            if self.agrees(change, row, after=True)
        }

    async def _naturals(self, kind: Kind, changes: Sequence[Change], names: set[str]) -> AsyncIterator[NetBoxObject]:
        """Yield what has the natural key of one of these creations of one kind, with some fields."""
        natural = kind.natural[-1]
        values = (self._sent(kind.name, natural.by, _after(change).get(natural.by)) for change in changes)
        asked = sorted({"null" if value is None else str(value) for value in values})
        async for row in self._read(kind, natural.filter, asked, self._columns(kind, {*natural.fields, *names})):
            yield row

    async def _by_natural(self, changes: Sequence[Change]) -> dict[str, FoundObject]:
        """Find what carries no key by what makes it the same; what it refers to must be the same, too."""
        kind = self._kinds[changes[0].kind]
        natural = kind.natural[-1]
        found: dict[str, FoundObject] = {}
        names = {*natural.fields, *(field.name for field in kind.fields if field.type in _REFS)}
        async for row in self._naturals(kind, changes, names):
            for change in changes:
                given = _after(change)
                same = [name for name in names if name in given or name in natural.fields]
                if all(self._actual(kind, name, row) == self._sent(kind.name, name, given.get(name)) for name in same):
                    found[change.address] = FoundObject(row["id"], row.get("last_updated"))
        return found

    def agrees(self, change: Change, row: Mapping[str, Any], *, after: bool) -> bool:
        """Whether a row holds the values of the change: those after it, or those before it."""
        kind = self._kinds[change.kind]
        if after and not _has_key(change, (row.get("custom_fields") or {}).get(KEY_FIELD) or None):
            return False
        return all(
            self._is(change, row, field.field, field.after if after else field.before) for field in change.fields
        )

    def reverts_nothing(self, change: Change, row: Mapping[str, Any]) -> bool:
        """Whether each value that the change would replace is the one of the plan, or has become what is wanted."""
        return all(
            self._is(change, row, field.field, field.before) or self._is(change, row, field.field, field.after)
            for field in change.fields
        )

    def _is(self, change: Change, row: Mapping[str, Any], name: str, wanted: Any) -> bool:
        """Whether a field of a row has a value as the plan writes it."""
        if name == "tags":
            return sorted(tag["slug"] for tag in row.get("tags") or ()) == sorted(wanted or ())
        return bool(self._actual(self._kinds[change.kind], name, row) == self._sent(change.kind, name, wanted))

    def _actual(self, kind: Kind, name: str, row: Mapping[str, Any]) -> Any:
        value = read_field(kind.field(name), row, self._types)
        if isinstance(value, dict):
            return value.get("id")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return sorted(item["id"] for item in value)
        return value

    def _sent(self, kind: str, name: str, value: Any) -> Any:
        spec = self._kinds[kind].field(name)
        if spec.type in _REFS and isinstance(value, dict):
            return self._resolve(Ref.from_json(value))
        if spec.type is FieldType.REFS:
            return sorted(self._resolve(Ref.from_json(item)) for item in value or ())
        return value

    def _columns(self, kind: Kind, names: set[str]) -> list[str]:
        always = ["custom_fields", "tags"] if kind.managed else []
        generic = {name for name in names if kind.field(name).type is FieldType.GENERIC}
        names = {name for name in names if not name.startswith(CUSTOM)}
        return [*always, *sorted(names | {f"{name}{end}" for name in generic for end in ("_type", "_id")})]

    async def _read(self, kind: Kind, name: str, values: Sequence[str], fields: Sequence[str]) -> Any:
        wanted = ",".join(("id", "last_updated", *fields))
        for chunk in chunks(name, values):
            async for row in self._netbox.rows(kind.path, {name: chunk, "fields": wanted}):
                yield row


def _has_key(change: Change, key: str | None) -> bool:
    """Whether a key is the one that a change gives, if it gives another one; a second step may have come since."""
    if isinstance(change, Adopt | Forget):
        return key == change.key
    before = change.ownership_before if isinstance(change, Update | Move) else None
    if before is None or change.key is None or change.key == before.key:
        return True
    return key == change.key or (change.key.is_moving and key != before.key)


def _after(change: Change) -> dict[str, Any]:
    return {field.field: field.after for field in change.fields}
