"""Traces: which objects an apply that is resumed wrote, by NetBox's changelog: its journal is a file, and no proof."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from proxbox_plan.apply.preconditions.expectations import ObjectId
from proxbox_plan.apply.preconditions.history import is_of
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.clients.netbox.query import Query, chunks
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory.changelog import OURS, PATH
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES
from proxbox_plan.model.plan import Change, Plan


async def unproven(  # noqa: PLR0913 # what is asked about, and what is known of it
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    plan: Plan,
    moved: Iterable[Change],
    proven: Collection[ObjectId],
    landed: Collection[str],
    since: int | None,
) -> list[Change]:
    """Return those of some changes whose object, which has a newer time stamp, this apply is not shown to have written.

    Read back with what the journal says, or named in the changelog by a request of this plan. Where the changelog does
    not tell, what belongs to a guest or node that was read back counts: NetBox stamps all of it anew.
    """
    asked = [change for change in moved if (change.kind, change.target_id) not in proven]
    if not asked:
        return []
    written = await _written(netbox, kinds, asked, f"{OURS}{plan.id}", since)
    if written is None:
        claims = (change for change in plan.changes if change.address in landed)
        owners = {change.key.owner for change in claims if change.key and (change.kind, change.target_id) in proven}
        return [change for change in asked if change.key is None or change.key.owner not in owners]
    return [change for change in asked if (change.kind, change.target_id) not in written]


async def _written(
    netbox: NetBox, kinds: Mapping[str, Kind], changes: Sequence[Change], stamp: str, since: int | None
) -> set[ObjectId] | None:
    """Return the objects that requests of a plan wrote; null when the changelog does not tell."""
    if not CHANGELOG_MESSAGES.is_in(netbox.version):
        return None
    ids: dict[str, set[int]] = {}
    for change in changes:
        ids.setdefault(change.kind, set()).add(change.target_id or 0)
    try:
        rows = await asyncio.gather(*(_entries(netbox, kinds[name], sorted(of), since) for name, of in ids.items()))
        written: set[ObjectId] = set()
        others: dict[str, set[ObjectId]] = {}
        for name, part in zip(ids, rows, strict=True):
            for row in part:
                about = name, int(row["changed_object_id"])
                if is_of(row.get("message"), stamp):
                    written.add(about)
                else:
                    others.setdefault(str(row["request_id"]), set()).add(about)
        unknown = [request for request, about in others.items() if not about <= written]
        ours = await asyncio.gather(*(_is_ours(netbox, request, stamp) for request in unknown))
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return None
    return written.union(*(others[request] for request, is_ours in zip(unknown, ours, strict=True) if is_ours))


async def _entries(netbox: NetBox, kind: Kind, ids: Sequence[int], since: int | None) -> list[dict[str, Any]]:
    query = {"changed_object_type": kind.object_type, "fields": "id,changed_object_id,request_id,message"}
    later = {"id__gte": since} if since else {}
    found: list[dict[str, Any]] = []
    for part in chunks("changed_object_id", map(str, ids)):
        found += [row async for row in netbox.rows(PATH, {**query, **later, "changed_object_id": part})]
    return found


async def _is_ours(netbox: NetBox, request: str, stamp: str) -> bool:
    """Whether a request is one of a plan: what goes along with a write is logged without its message."""
    query: Query = {"request_id": request, "q": stamp, "limit": 1, "fields": "id,message"}
    page = await netbox.get(PATH, query)
    found = page.get("results") if isinstance(page, dict) else None
    return isinstance(found, list) and any(isinstance(row, dict) and is_of(row.get("message"), stamp) for row in found)
