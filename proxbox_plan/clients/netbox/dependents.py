"""Dependents: asks NetBox what it would delete or empty along with objects of a kind.

What NetBox does not show counts as there: a list that the token may not read, and a row that does not say what it
depends on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.clients.netbox.query import LONGEST_QUERY, parted, query_size
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import APPLIED_FIELD, CUSTOM, KEY_FIELD, NOTHING, Kind
from proxbox_plan.model.netbox_versions import OBJECT_TYPE_PATHS
from proxbox_plan.model.relation import Effect, Relation

_MOST: Final = 100  # ids in one query
_FEW: Final = 50  # ids that fit one query by themselves, whatever they are filtered by
_SPARSE: Final = 4  # times as many ids as objects that are asked for, at most, in a range
_PAGING: Final = 40  # bytes of a query that say which page it is about
_NO_SUCH_LIST: Final = 404
_SHOWN: Final = ("id", "display", "description", "comments", "tags", "custom_fields")
_LINKS: Final = "/api/extras/custom-fields/"
_TYPES: Final = "/api/core/object-types/"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DependentsReader:
    """Reads the dependents of objects; `kinds` says where the objects of a type are listed."""

    netbox: NetBox
    kinds: Mapping[str, Kind]

    async def read(self, wanted: Mapping[str, Iterable[int]]) -> tuple[Dependent, ...]:
        """Return what depends on objects, by kind and ids, in a fixed order; an object that is gone has nothing."""
        ids = {self.kinds[name]: sorted(set(numbers)) for name, numbers in wanted.items()}
        ids = {kind: numbers for kind, numbers in ids.items() if numbers}
        if not ids:
            return ()
        parts = await asyncio.gather(*(self._of_kind(kind, numbers) for kind, numbers in ids.items()))
        links = await self._by_custom_fields(ids)
        return tuple(sorted({*links, *(item for part in parts for item in part)}, key=_order))

    async def counts(self, name: str, ids: Sequence[int]) -> dict[int, Counter[str]]:
        """Return how many objects of each type depend on objects, by id, as far as these show it themselves."""
        kind = self.kinds[name]
        relations = [relation for relation in self._relations(kind) if relation.shown]
        rows = await self._own_rows(kind, relations, ids) if relations else {}
        return {
            number: Counter({relation.model: _count(row.get(relation.shown)) for relation in relations})
            for number, row in rows.items()
        }

    def _relations(self, kind: Kind) -> tuple[Relation, ...]:
        return kind.dependents_on(self.netbox.version, self.netbox.plugins)

    async def _own_rows(self, kind: Kind, relations: Iterable[Relation], ids: Sequence[int]) -> dict[int, Row]:
        shown = sorted({relation.shown for relation in relations if relation.shown})
        rows = await self._rows(kind.path, "id", ids, {"fields": ",".join(("id", *shown))})
        return {row["id"]: row for row in rows}

    async def _of_kind(self, kind: Kind, ids: Sequence[int]) -> list[Dependent]:
        relations = self._relations(kind)
        # A filter by type and id takes any id; others refuse that of an object that is gone.
        exact = all(relation.typed or (relation.path and not relation.filter) for relation in relations)
        rows: dict[int, Row] = {i: {} for i in ids} if exact else await self._own_rows(kind, relations, ids)
        found = [item for relation in relations if not relation.path for item in _shown(kind, relation, rows)]
        asked = [(relation, [i for i in rows if _may_have(rows[i], relation)]) for relation in relations]
        lists = [self._listed(kind, relation, part) for relation, part in asked if relation.path and part]
        return found + [item for part in await asyncio.gather(*lists) for item in part]

    async def _listed(self, kind: Kind, relation: Relation, ids: Sequence[int]) -> list[Dependent]:
        rows = await _readable(self._related(kind, relation, ids))
        if rows is None:
            return _unseen(kind, relation, ids)
        found: list[Dependent] = []
        for row in rows:
            linked = {number: name for name in relation.links for number in _ids(row.get(name))}
            on = sorted(linked.keys() & set(ids)) or ([] if linked or not relation.filter else ids)
            found += [_dependent(kind, relation, i, row, linked.get(i, "")) for i in on]
        return found

    async def _related(self, kind: Kind, relation: Relation, ids: Sequence[int]) -> list[Row]:
        query = {"fields": ",".join((*_SHOWN, *relation.links))}
        if relation.typed:
            query[relation.typed] = kind.object_type
        try:
            if relation.typed and _is_dense(ids):
                bounds = {f"{relation.filter}__gte": str(min(ids)), f"{relation.filter}__lte": str(max(ids))}
                return [row async for row in self.netbox.rows(relation.path, {**query, **bounds})]
            return await self._rows(relation.path, relation.filter, ids, query, 1 if relation.singly else _MOST)
        except NetBoxError as error:
            if error.status == _NO_SUCH_LIST and relation.plugin:
                return []  # a version of the plugin without it
            raise

    async def _by_custom_fields(self, ids: Mapping[Kind, Sequence[int]]) -> list[Dependent]:
        """Return what points at the objects with a custom field that people made: no foreign key in NetBox."""
        types = {kind.object_type: kind for kind in ids}
        query = {"type": ["object", "multiobject"], "fields": "id,name,object_types,related_object_type"}
        fields = [row async for row in self.netbox.rows(_LINKS, query) if row.get("related_object_type") in types]
        found: list[Dependent] = []
        for row in fields:
            kind, name = types[str(row["related_object_type"])], str(row["name"])
            for model in row.get("object_types") or ():
                found += await self._linked(kind, ids[kind], name, str(model))
        return found

    async def _linked(self, kind: Kind, ids: Sequence[int], name: str, model: str) -> list[Dependent]:
        relation = Relation(model, await self._path(model), f"{CUSTOM}{name}", effect=Effect.EMPTIED)
        query = {"fields": "id,display,custom_fields"}
        rows = await _readable(self._rows(relation.path, relation.filter, ids, query)) if relation.path else None
        if rows is None:
            return _unseen(kind, relation, ids)
        wanted = set(ids)
        return [
            Dependent(
                kind=kind.name,
                on=number,
                model=model,
                id=row["id"],
                name=_name(row),
                effect=relation.effect,
                field=relation.filter,
            )
            for row in rows
            for number in _ids((row.get("custom_fields") or {}).get(name))
            if number in wanted
        ]

    async def _path(self, model: str) -> str:
        """Return where the objects of a type are listed; empty when NetBox does not say."""
        known = {kind.object_type: kind.path for kind in self.kinds.values()}
        if model in known:
            return known[model]
        app, name = model.split(".", maxsplit=1)
        if not OBJECT_TYPE_PATHS.is_in(self.netbox.version):
            return ""
        query = {"app_label": app, "model": name, "fields": "id,model,rest_api_endpoint"}
        rows = [row async for row in self.netbox.rows(_TYPES, query) if row.get("model") == name]
        return str(rows[0].get("rest_api_endpoint") or "") if rows else ""

    async def _rows(
        self, path: str, name: str, ids: Sequence[int], query: Mapping[str, str], most: int = _MOST
    ) -> list[Row]:
        """Read a list for some ids, in queries of a bounded length; without a filter, all of it."""
        if not name:
            return [row async for row in self.netbox.rows(path, query)]
        room = LONGEST_QUERY - query_size(query) - _PAGING
        values = [str(number) for number in ids]
        found: list[Row] = []
        for part in parted(values, lambda value: len(name) + len(value) + 2, most, room):
            found += [row async for row in self.netbox.rows(path, {name: part, **query})]
        return found


async def _readable(rows: Awaitable[list[Row]]) -> list[Row] | None:
    """Return the rows of a list; null when the token may not read it."""
    try:
        return await rows
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return None


def _unseen(kind: Kind, relation: Relation, ids: Iterable[int]) -> list[Dependent]:
    """Return for each object that NetBox does not show whether one depends on it."""
    return [Dependent(kind=kind.name, on=i, model=relation.model, effect=relation.effect) for i in ids]


def _is_dense(ids: Sequence[int]) -> bool:
    """Whether few other objects have an id between these, as when they were made at once: a range is one request."""
    return len(ids) > _FEW and max(ids) - min(ids) < _SPARSE * len(ids)


def _may_have(row: Row, relation: Relation) -> bool:
    """Whether the object may have such dependents, as far as it shows; one that does not show it may."""
    return not relation.shown or relation.shown not in row or bool(row[relation.shown])


def _count(value: Any) -> int:
    """Return a number of dependents: a count, a list, or one object."""
    return value if isinstance(value, int) else len(value) if isinstance(value, list) else int(bool(value))


def _shown(kind: Kind, relation: Relation, rows: Mapping[int, Row]) -> Iterator[Dependent]:
    """Yield the dependents that the objects show themselves."""
    for number, row in rows.items():
        if relation.shown not in row:
            yield from _unseen(kind, relation, [number])
            continue
        value = row[relation.shown]
        for item in value if isinstance(value, list) else [value] if value else []:
            field = "".join(relation.links[:1])
            yield _dependent(kind, relation, number, item if isinstance(item, dict) else {}, field)


def _dependent(kind: Kind, relation: Relation, on: int, row: Row, field: str) -> Dependent:
    return Dependent(
        kind=kind.name,
        on=on,
        model=relation.model,
        id=row.get("id"),
        name=_name(row),
        effect=relation.effect,
        field=field if relation.effect is Effect.EMPTIED else "",
        annotated=_is_annotated(row),
    )


def _is_annotated(row: Row) -> bool:
    """Whether a person wrote on an object: our own custom fields do not count."""
    custom = row.get("custom_fields")
    values = custom.items() if isinstance(custom, dict) else ()
    theirs = any(value not in NOTHING for name, value in values if name not in (KEY_FIELD, APPLIED_FIELD))
    return theirs or any(row.get(name) for name in ("description", "comments", "tags"))


def _name(row: Row) -> str:
    return str(row.get("display") or row.get("id") or "")


def _ids(value: Any) -> Iterator[int]:
    """Yield the ids in a reference: an id, an object with one, or a list of these."""
    for item in value if isinstance(value, list) else [value]:
        number = item.get("id") if isinstance(item, dict) else item
        if isinstance(number, int):
            yield number


def _order(item: Dependent) -> tuple[str, int, str, int]:
    return item.kind, item.on, item.model, item.id or 0
