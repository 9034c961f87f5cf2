"""Order and pagination of lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import RefusalError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Store
from proxbox_plan.demo.netbox.versions import CURSOR, Version

DEFAULT_LIMIT = 50
MAX_PAGE_SIZE = 1000
_DIGITS = re.compile(r"(\d+)")
_BOUNDS = "Invalid 'start' parameter: must be a non-negative integer."


@dataclass(frozen=True)
class ResultPage:
    """One page of a list: the ids on it, how many there are in all, and the addresses of its neighbours."""

    ids: list[int]
    count: int | None
    next: str | None
    previous: str | None


class Sorter:
    """Orders rows as NetBox does; the order of a table is cached until a write."""

    def __init__(self, store: Store) -> None:
        """Sort rows of this store."""
        self._store = store
        self._version = -1
        self._orders: dict[tuple[str, tuple[str, ...]], list[int]] = {}

    def order(self, model: Model, ids: set[int] | None, ordering: str = "") -> list[int]:
        """Sort these rows, or all, by the given fields or by the model's own order."""
        asked = tuple(name for name in ordering.split(",") if name.removeprefix("-") in {"id", *model.by_name})
        fields = asked or model.ordering
        if ids is not None and len(ids) * 4 < len(self._store.tables[model.label].rows):
            return self._sort(model, fields, ids)
        if self._version != self._store.version:
            self._orders.clear()
            self._version = self._store.version
        if (model.label, fields) not in self._orders:
            self._orders[model.label, fields] = self._sort(model, fields, self._store.tables[model.label].rows)
        whole = self._orders[model.label, fields]
        return whole if ids is None else [row_id for row_id in whole if row_id in ids]

    def _sort(self, model: Model, fields: tuple[str, ...], ids: Iterable[int]) -> list[int]:
        result = sorted(ids)
        for name in reversed(fields):
            key = partial(self._key, model, name.removeprefix("-"))
            result.sort(key=key, reverse=name.startswith("-"))
        return result

    def _key(self, model: Model, name: str, row_id: int) -> tuple[Any, ...]:  # noqa: PLR0911
        if name == "id":
            return (row_id,)
        row = self._store.row(model.label, row_id)
        if name == "vrf_id":
            return (row["vrf"] is not None, row["vrf"] or 0)
        value = row[name]
        field = model.by_name[name]
        match value:
            case None:
                return (1,)
            case int() if field.kind == "ref":
                target = MODELS[field.to]
                return (0, *(part for by in target.ordering for part in self._key(target, by, value)))
            case str() if field.kind in {"address", "prefix"}:
                return (0, *network.sort_key(value))
            case str():
                return (0, natural(value))
            case datetime():
                return (0, value.timestamp())
        return (0, value)


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return the natural sort key of a name: ignoring case, with numbers by value."""
    parts = _DIGITS.split(text.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)


def paginate(  # noqa: PLR0913
    store: Store,
    model: Model,
    ids: set[int] | None,
    query: Mapping[str, list[str]],
    url: str,
    version: Version,
    sorter: Sorter,
) -> ResultPage:
    """Cut the page out of the rows that a request asks for, by offset or, with ``start``, by id."""
    limit = _limit(query)
    if "start" in query and CURSOR.is_in(version):
        return _by_cursor(store, model, ids, query, url, limit)
    ordered = sorter.order(model, ids, query.get("ordering", [""])[-1])
    offset = _number(query, "offset", 0)
    later, earlier = offset + limit, offset - limit
    following = _address(url, query, limit=limit, offset=later) if later < len(ordered) else None
    before = None
    if offset > 0:
        before = _address(url, query, limit=limit, offset=earlier if earlier > 0 else None)
    return ResultPage(ordered[offset:later], len(ordered), following, before)


def _by_cursor(  # noqa: PLR0913
    store: Store, model: Model, ids: set[int] | None, query: Mapping[str, list[str]], url: str, limit: int
) -> ResultPage:
    start = _number(query, "start", -1)
    if start < 0:
        raise RefusalError(400, [_BOUNDS])
    if "offset" in query:
        raise RefusalError(400, ["'start' and 'offset' are mutually exclusive."])
    if "ordering" in query:
        raise RefusalError(400, ["Ordering cannot be specified in conjunction with cursor-based pagination."])
    rows = store.tables[model.label].rows if ids is None else ids
    page = sorted(row_id for row_id in rows if row_id >= start)[:limit]
    following = _address(url, query, limit=limit, start=page[-1] + 1) if len(page) == limit else None
    return ResultPage(page, None, following, None)


def _limit(query: Mapping[str, list[str]]) -> int:
    limit = _number(query, "limit", DEFAULT_LIMIT)
    return MAX_PAGE_SIZE if limit == 0 else min(limit, MAX_PAGE_SIZE)


def _number(query: Mapping[str, list[str]], name: str, otherwise: int) -> int:
    text = query.get(name, [""])[-1]
    return int(text) if text.isdecimal() else otherwise


def _address(url: str, query: Mapping[str, list[str]], **changes: int | None) -> str:
    merged = {**query, **{name: [str(value)] for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
    return f"{url}?{urlencode(sorted(merged.items()), doseq=True)}"
