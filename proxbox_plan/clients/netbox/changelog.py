"""Position of NetBox's changelog: the id of its newest entry, if the token may view it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory.changelog import PATH

_FORBIDDEN = 403


async def newest_entry(netbox: NetBox) -> int | None:
    """Return the id of the newest entry of the changelog (0: it is empty); null when the token may not read it."""
    found = await newest_and_number(netbox)
    return None if found is None else found[0]


async def newest_and_number(netbox: NetBox) -> tuple[int, int | None] | None:
    """Return the same, and the number of entries (null: not reported).

    NetBox counts first: an entry added in between makes the number one too small for a later `entries_up_to`.
    """
    page = await _page(netbox, {"ordering": "-id"})
    if page is None:
        return None
    rows, count = page.get("results"), page.get("count")
    return (int(rows[0]["id"]) if rows else 0), (count if isinstance(count, int) else None)


async def entries_up_to(netbox: NetBox, entry: int) -> int | None:
    """Return the number of entries up to and including one; null when the token may not read them.

    It decreases when old entries are pruned, and increases when a long transaction that began earlier ends.
    """
    page = await _page(netbox, {"id__lte": entry})
    count = page.get("count") if page is not None else None
    return count if isinstance(count, int) else None


async def _page(netbox: NetBox, query: Mapping[str, str | int]) -> dict[str, Any] | None:
    try:
        page = await netbox.get(PATH, {**query, "limit": 1, "fields": "id"})
    except NetBoxError as error:
        if error.status != _FORBIDDEN:
            raise
        return None
    return page if isinstance(page, dict) else {}
