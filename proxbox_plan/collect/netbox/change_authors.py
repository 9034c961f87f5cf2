"""Change authors: reads from NetBox's changelog who changed or deleted the objects that drifted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import Query, chunks
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.moment import utc
from proxbox_plan.model.inventory.changelog import LOCK, OURS, PATH, Access, ChangelogEntry, History
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES

_FORBIDDEN = 403
_COLUMNS = (
    "id",
    "time",
    "user_name",
    "message",
    "request_id",
    "action",
    "changed_object_type",
    "changed_object_id",
    "prechange_data",
    "postchange_data",
)
# Entries of one answer: of the objects of one request (see `chunks`), or deletions of one kind. Older
# entries are not read: each holds the whole object twice.
_MOST_ENTRIES = 500
_MOST_OBJECTS = 2000  # of one type; the authors of further ones stay unknown
_MOST_REQUESTS = 200
_UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, OSError)


async def read_history(netbox: NetBox, objects: Mapping[str, Sequence[int]], deleted: Sequence[str]) -> History:
    """Read the newest entries about `objects` (object type -> ids), and the newest deletions of some object types.

    A changelog that cannot be read is not an error, as no change depends on it: see `Access`.
    """
    asked: list[dict[str, Any]] = [
        {"changed_object_type": type_, "changed_object_id": part}
        for type_, ids in objects.items()
        for part in chunks("changed_object_id", map(str, ids[:_MOST_OBJECTS]))
    ]
    asked += [{"changed_object_type": type_, "action": "delete"} for type_ in deleted]
    try:
        pages = await asyncio.gather(*(_newest(netbox, query) for query in asked))
        appliers = frozenset() if CHANGELOG_MESSAGES.is_in(netbox.version) else await _appliers(netbox)
    except NetBoxError as error:
        if error.status != _FORBIDDEN:
            raise
        return History(access=Access.FORBIDDEN)
    try:
        entries = {row["id"]: _entry(row, appliers) for rows in pages for row in rows}
    except _UNREADABLE as error:
        raise NetBoxError(
            f"NetBox answered GET {PATH} with an entry that is not valid: {type(error).__name__}"
        ) from None
    newest = sorted(entries.values(), key=lambda entry: entry.id, reverse=True)
    access = Access.READ if CHANGELOG_MESSAGES.is_in(netbox.version) else Access.TOO_OLD
    return History(access=access, entries=tuple(newest))


async def requests_of_ours(netbox: NetBox, requests: Sequence[str]) -> frozenset[str]:
    """Return which of these requests proxbox-plan sent: one short read for each, as NetBox filters by one at a time.

    Requests above the limit count as sent by proxbox-plan, so that no user is named without proof. A NetBox without
    messages has nothing to add to what its users tell.
    """
    if not CHANGELOG_MESSAGES.is_in(netbox.version):
        return frozenset()
    asked = requests[:_MOST_REQUESTS]
    query: dict[str, str | int] = {"q": OURS.strip(), "limit": 1, "fields": "id,message"}
    pages = await asyncio.gather(*(netbox.get(PATH, {**query, "request_id": request}) for request in asked))
    ours = {request for request, page in zip(asked, pages, strict=True) if isinstance(page, dict) and page["results"]}
    return frozenset(ours.union(requests[_MOST_REQUESTS:]))


async def _appliers(netbox: NetBox) -> frozenset[str]:
    """Return the users that applied plans: every apply puts the tag of its lock there.

    Where no message tells our own changes from others, nothing that these users did is taken for a person's.
    """
    found: set[str] = set()
    asked: Query = {"changed_object_type": "extras.tag", "object_repr": LOCK, "ordering": "-id", "limit": 1}
    while True:
        others: Query = {"user_name__n": sorted(found)} if found else {}
        page = await netbox.get(PATH, {**asked, **others, "fields": "id,user_name"})
        rows = page.get("results") if isinstance(page, dict) else None
        names = {str(row.get("user_name")) for row in rows} if isinstance(rows, list) else set()
        if names <= found:
            return frozenset(found)
        found |= names


async def _newest(netbox: NetBox, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    asked = {**query, "ordering": "-id", "limit": _MOST_ENTRIES, "fields": ",".join(_COLUMNS)}
    page = await netbox.get(PATH, asked)
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
        raise NetBoxError(
            f"NetBox answered GET {PATH} without a list of entries",
            hint="Check whether a proxy answers in place of NetBox.",
        )
    return rows


def _entry(row: Mapping[str, Any], appliers: Collection[str]) -> ChangelogEntry:
    return ChangelogEntry(
        id=row["id"],
        time=utc(row["time"]),
        user=str(row["user_name"]),
        message=str(row.get("message") or ""),
        action=str(row["action"]["value"]),
        object_type=str(row["changed_object_type"]),
        object_id=row["changed_object_id"],
        request=str(row["request_id"]),
        by_applier=str(row["user_name"]) in appliers,
        before=row["prechange_data"] or {},
        after=row["postchange_data"] or {},
    )
