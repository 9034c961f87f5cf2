"""Scopes: whether a site is what a cluster of NetBox is scoped to, or part of it.

Regions and site groups are trees: their parents are looked up one after the other, for such a cluster only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_AREAS: Mapping[str, str] = MappingProxyType({"region": "region", "site-group": "group"})  # kind -> field of a site


def is_at(rows: Rows, scope: Mapping[str, Any], site: Row) -> bool:
    """Whether a scope is a site, a location of it, or a region or group around it, as far as NetBox was asked."""
    kind, number = str(scope.get("kind")), ref_id(scope)
    if kind == "site":
        return number == site.id
    if kind == "location":
        found = rows.by_id(kind, number) if number is not None else None
        return found is not None and ref_id(found.fields.get("site")) == site.id
    return any(row.id == number for row in _around(rows, kind, site))


def scope_lookups(rows: Rows, scope: Mapping[str, Any], site: Row) -> Iterator[Lookup]:
    """Yield the next question, if any, until it is known whether a scope is at a site."""
    kind, number = str(scope.get("kind")), ref_id(scope)
    if kind == "location" and number is not None:
        yield Lookup(kind, "id", str(number))
    elif kind in _AREAS:
        last = site.fields.get(_AREAS[kind])
        for row in _around(rows, kind, site):
            last = row.fields.get("parent")
        if (above := ref_id(last)) is not None:
            yield Lookup(kind, "id", str(above))


def _around(rows: Rows, kind: str, site: Row) -> Iterator[Row]:
    """Yield the areas around a site, the nearest first."""
    number = ref_id(site.fields.get(_AREAS[kind])) if kind in _AREAS else None
    seen: set[int] = set()
    while number is not None and number not in seen and (row := rows.by_id(kind, number)) is not None:
        seen.add(number)
        yield row
        number = ref_id(row.fields.get("parent"))
