"""Refresh: brings a saved inventory up to date by reading what changed since, or everything when in doubt.

Three sources tell what changed: `last_updated` of every object, the number of objects, and NetBox's changelog for
updates that leave no trace on the object itself. What they leave open is read. Short lists that cache validation proves
unchanged need nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from proxbox_plan.clients.netbox.changelog import Newest, entries_up_to, newest
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import MOST_VALUES, chunks
from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.collect.netbox.invalidation import FullReadRequiredError, ObjectId, possibly_changed
from proxbox_plan.collect.netbox.inventory import Managed
from proxbox_plan.collect.netbox.rows import columns
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.inventory import AsOf, Inventory, Row
from proxbox_plan.model.kind import Kind

# Seconds before the inventory was read in which a write may have been under way and not yet visible.
OVERLAP = 60.0
_ALIKE = ("url", "netbox_version", "plugins", "lacks", "clusters", "tool_version")


async def stand(netbox: NetBox, kinds: Mapping[str, Kind]) -> tuple[AsOf | None, Newest | None]:
    """Return when a read begins (null: that cannot be said), and the newest entry of NetBox's changelog then."""
    moment = netbox.moment
    found = await newest(netbox)
    if moment is None or found is None or found.entries is None:
        return None, found
    prints = {name: _print_of(kind, netbox) for name, kind in kinds.items()}
    entry = found.position.entry if found.position else 0
    return AsOf(moment=moment, entry=entry, entries=found.entries, columns=prints), found


def _print_of(kind: Kind, netbox: NetBox) -> str:
    return hashlib.sha256(",".join(columns(kind, netbox.version)).encode()).hexdigest()[:12]


async def refreshed(managed: Managed, saved: Inventory, now: AsOf) -> dict[str, list[Row]]:
    """Return the rows of every requested kind, equal to those of a full read that begins `now`.

    Raises FullReadRequiredError with the reason when only a full read can tell.
    """
    then = saved.as_of
    other = _other(managed, saved)
    if other is not None or then is None:
        raise FullReadRequiredError(
            f"it was saved with another {other}" if other else "it does not say when it was read"
        )
    places = await _changed(managed, saved, then, now)
    known = [kind for kind in managed.kinds if then.columns.get(kind.name) == now.columns[kind.name] and not kind.few]
    doubtful = {name for name, _ in places}
    listed = [kind for kind in known if kind.plugin is None and kind.name not in doubtful]
    refresh = partial(_rows, managed, saved=saved, places=places, since=surely_seen(then))
    parts = {
        kind.name: partial(refresh, kind) if kind in known else partial(managed.read, kind)
        for kind in managed.kinds
        if kind not in listed
    }
    found = await asyncio.gather(_listed(managed, saved, listed, refresh), managed.gathered(parts))
    return {name: rows for part in found for name, rows in part.items()}


def untouched(managed: Managed, saved: Inventory, now: AsOf) -> bool:
    """Whether NetBox's changelog has no entry since the inventory was saved, and the same kinds would be read `now`."""
    return saved.as_of is not None and saved.as_of.stands_as(now) and not _other(managed, saved)


def _other(managed: Managed, saved: Inventory) -> str | None:
    return next((name for name in _ALIKE if getattr(saved, name) != getattr(managed.empty, name)), None)


async def _listed(
    managed: Managed, saved: Inventory, kinds: Sequence[Kind], refresh: Callable[[Kind], Awaitable[list[Row]]]
) -> dict[str, list[Row]]:
    """Return the rows of kinds that cache validation proves unchanged."""
    rows = {kind.name: _saved_rows(managed, kind, saved) for kind in kinds}
    ours = cache_validation.ours(managed.prefixes)
    lists = [cache_validation.CachedList(kind, ours, rows[kind.name]) for kind in kinds]
    same = await cache_validation.unchanged(managed.netbox, lists)
    others = {kind.name: partial(refresh, kind) for kind in kinds if kind.name not in same}
    return {name: rows[name] for name in same} | await managed.gathered(others)


def _saved_rows(managed: Managed, kind: Kind, saved: Inventory) -> list[Row]:
    return [row for row in saved.kinds.get(kind.name, ()) if managed.is_ours(row)]


def surely_seen(as_of: AsOf) -> str:
    """Return the timestamp before which every write was visible; younger objects are read again."""
    return moment_text(datetime.fromisoformat(as_of.moment) - timedelta(seconds=OVERLAP))


async def _changed(managed: Managed, saved: Inventory, then: AsOf, now: AsOf) -> set[ObjectId]:
    """Return what may have changed between two changelog positions; FullReadRequiredError when entries were lost."""
    same = now.entry == then.entry
    if then.entries != (now.entries if same else await entries_up_to(managed.netbox, then.entry)):
        raise FullReadRequiredError("NetBox's changelog has lost entries since")
    return set() if same else await possibly_changed(managed.netbox, managed.all_kinds, saved, then.entry)


async def _rows(managed: Managed, kind: Kind, *, saved: Inventory, places: set[ObjectId], since: str) -> list[Row]:
    """Return the rows of one kind: the unchanged ones, and those that are read again."""
    known = {row.id: row for row in _saved_rows(managed, kind, saved)}
    count, newest = await _newest(managed, kind)
    found = {row.id: row for row in await managed.read(kind, {"last_updated__gte": since})} if newest >= since else {}
    doubtful = sorted({number for name, number in places if name == kind.name} & known.keys() - found.keys())
    if len(doubtful) > max(MOST_VALUES, len(known) // 10):  # pages of a thousand are faster than a filter of ids
        return await managed.read(kind)
    for row in await _by_id(managed, kind, doubtful):
        found[row.id] = row
    rows = {number: row for number, row in known.items() if number not in doubtful} | found
    if len(rows) != count:
        rows = await _present(managed, kind, rows)
    return [rows[number] for number in sorted(rows)]


async def _newest(managed: Managed, kind: Kind) -> tuple[int, str]:
    """Return the number of objects of a kind, and the latest known time of change."""
    page = await managed.netbox.get(
        kind.path, {**managed.filter, "ordering": "-last_updated", "limit": 1, "fields": "id,last_updated"}
    )
    rows = page.get("results") if isinstance(page, dict) else None
    count = page.get("count") if isinstance(page, dict) else None
    if not isinstance(count, int) or not isinstance(rows, list) or len(rows) != min(count, 1):
        raise NetBoxError(
            f"NetBox answered GET {kind.path} without a list of objects",
            hint="Check whether a proxy answers in place of NetBox.",
        )
    stamp = rows[0].get("last_updated") if rows and isinstance(rows[0], dict) else ""
    return count, stamp if isinstance(stamp, str) else "9"  # very old objects have no timestamp and are listed first


async def _by_id(managed: Managed, kind: Kind, ids: Sequence[int]) -> list[Row]:
    parts = chunks("id", map(str, ids))
    found = await asyncio.gather(*(managed.read(kind, {"id": part}) for part in parts))
    return [row for rows in found for row in rows]


async def _present(managed: Managed, kind: Kind, rows: Mapping[int, Row]) -> dict[int, Row]:
    """Return the rows that still exist; reads all of them when an unexplained one is found."""
    there = {row["id"] async for row in managed.netbox.rows(kind.path, {**managed.filter, "fields": "id"})}
    if there <= rows.keys():
        return {number: rows[number] for number in there}
    return {row.id: row for row in await managed.read(kind)}
