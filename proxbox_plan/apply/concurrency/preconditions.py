"""Preconditions: the plan is for this NetBox, nothing refuses it, and no object it touches was edited since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Plan

_CHUNK = 100
_GONE = "gone"  # no time stamp: some very old objects have none
_NAMED = 5  # stale objects named in the message


def check_binding(plan: Plan, netbox: NetBox) -> None:
    """Refuse a plan for another NetBox, or for another version of it."""
    if plan.binding.netbox_url.rstrip("/") != netbox.url:
        raise StaleError(
            f"The plan was made for {plan.binding.netbox_url}, not for {netbox.url}",
            hint="Plan again against this NetBox.",
        )
    if plan.binding.netbox_version != netbox.version_text:
        raise StaleError(
            f"The plan was made for NetBox {plan.binding.netbox_version}, which is {netbox.version_text} now",
            hint="Plan again: another version may have other fields.",
        )


async def stamps(
    netbox: NetBox, kinds: Mapping[str, Kind], changes: Iterable[Change]
) -> dict[tuple[str, int], str | None]:
    """Return `last_updated` of every object the changes touch, by kind and id; absent when it is gone."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        if change.target_id is not None:
            wanted.setdefault(change.kind, set()).add(change.target_id)
    chunks = [
        (kind, sorted(ids)[start : start + _CHUNK])
        for kind, ids in sorted(wanted.items())
        for start in range(0, len(ids), _CHUNK)
    ]
    found = await asyncio.gather(*(_stamps(netbox, kinds[kind], ids) for kind, ids in chunks))
    return {(kind, number): stamp for (kind, _), part in zip(chunks, found, strict=True) for number, stamp in part}


async def _stamps(netbox: NetBox, kind: Kind, ids: list[int]) -> list[tuple[int, str | None]]:
    query = {"id": [str(number) for number in ids], "fields": "id,last_updated"}
    return [(row["id"], row["last_updated"]) async for row in netbox.rows(kind.path, query)]


def stale_changes(changes: Iterable[Change], now: Mapping[tuple[str, int], str | None]) -> list[Change]:
    """Return the changes whose object was edited or removed since the plan was made."""
    return [
        change
        for change in changes
        if change.target_id is not None and now.get((change.kind, change.target_id), _GONE) != change.planned_stamp
    ]


def refuse_stale(stale: list[Change]) -> None:
    """Raise StaleError when there are any, naming the first few."""
    if stale:
        names = ", ".join(f"{change.kind} {change.name!r}" for change in stale[:_NAMED])
        more = f" and {len(stale) - _NAMED} more" if len(stale) > _NAMED else ""
        raise StaleError(
            f"NetBox was edited since the plan was made: {names}{more}",
            hint="Plan again and review; or apply the rest with --on-stale skip.",
        )
