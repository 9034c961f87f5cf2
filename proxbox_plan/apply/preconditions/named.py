"""Named: what a plan knows by name or slug only: whether another object has the name by now, and whether tags exist."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxbox_plan.apply.preconditions.expectations import Expectation
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.core.address import Address
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.plan import Change, Create, Plan

BySlug = tuple[Expectation, Mapping[str, Any]]
_TAG = "tag"


async def renamed(netbox: NetBox, found: Sequence[BySlug]) -> dict[Address, str]:
    """Return the changes that refer to a shared object by a name that another object has: one list for each kind."""
    kinds: dict[str, list[BySlug]] = {}
    for item in found:
        kinds.setdefault(item[0].kind.name, []).append(item)
    parts = await asyncio.gather(*(_of_kind(netbox, items) for items in kinds.values()))
    return {address: why for part in parts for address, why in part.items()}


async def _of_kind(netbox: NetBox, items: Sequence[BySlug]) -> dict[Address, str]:
    kind = items[0][0].kind
    natural = next(natural for natural in kind.natural if natural.by == kind.label)
    names = sorted({item.ref.name for item, _ in items if item.ref is not None})
    fields = ",".join(dict.fromkeys(("id", kind.label, *natural.fields)))
    rows = [
        row
        for part in chunks(natural.filter, names)
        async for row in netbox.rows(kind.path, {natural.filter: part, "fields": fields})
    ]
    stale: dict[Address, str] = {}
    for item, own in items:
        ref = item.ref
        other = next((row for row in rows if ref is not None and _takes(kind, natural, row, own, ref.name)), None)
        if ref is not None and other is not None:
            stale[item.change.address] = (
                f"refers to {kind.name} {sanitized(ref.name)!r}, but number {ref.id} is "
                f"{sanitized(str(own.get(kind.label)))!r}, and number {other['id']} has that name"
            )
    return stale


def _takes(kind: Kind, natural: Natural, row: Mapping[str, Any], own: Mapping[str, Any], name: str) -> bool:
    """Whether another object has a name, where it would be the same object."""
    if row.get("id") == own.get("id") or str(row.get(kind.label)).casefold() != name.casefold():
        return False
    rest = (field for field in natural.fields if field != kind.label)
    return all(_id(row.get(field)) == _id(own.get(field)) for field in rest)


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


async def lacking_tags(
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, changes: Iterable[Change]
) -> dict[Address, str]:
    """Return the changes that put a tag on an object which NetBox does not have, and the plan does not create."""
    new = {
        item.after
        for change in plan.changes
        if isinstance(change, Create) and change.kind == _TAG
        for item in change.fields
        if item.field == "slug"
    }
    wanted: dict[Address, set[str]] = {}
    for change in changes:
        for item in change.fields:
            if item.field == "tags" and (added := set(item.after or ()) - set(item.before or ()) - new):
                wanted[change.address] = added
    slugs = sorted(set().union(*wanted.values()))
    path = kinds[_TAG].path
    there = {
        row.get("slug")
        for part in chunks("slug", slugs)
        async for row in netbox.rows(path, {"slug": part, "fields": "id,slug"})
    }
    return {
        address: f"gets the tag {sanitized(min(added - there))!r}, which no longer exists"
        for address, added in wanted.items()
        if added - there
    }
