"""Position of NetBox's changelog: its newest entry, if the token may view it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.moment import utc
from proxbox_plan.model.inventory.changelog import PATH, Position

POSITION = "id,time,request_id"
"""The columns of a position, for `?fields=`."""


class Newest(NamedTuple):
    """The newest entry (null: there is none), and the number of entries (null: not reported)."""

    position: Position | None
    entries: int | None


async def newest(netbox: NetBox) -> Newest | None:
    """Return the newest entry of the changelog; null when the token may not read it.

    NetBox counts first: an entry added in between makes the number one too small for a later `entries_up_to`.
    """
    page = await _page(netbox, {"ordering": "-id", "fields": POSITION})
    if page is None:
        return None
    rows, count = page.get("results"), page.get("count")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise no_entries()
    return Newest(position_of(rows[0]) if rows else None, count if isinstance(count, int) else None)


async def entries_up_to(netbox: NetBox, entry: int) -> int | None:
    """Return the number of entries up to and including one; null when the token may not read them.

    It decreases when old entries are pruned, and increases when a long transaction that began earlier ends.
    """
    page = await _page(netbox, {"id__lte": entry, "fields": "id"})
    count = page.get("count") if page is not None else None
    return count if isinstance(count, int) else None


def position_of(row: Mapping[str, Any]) -> Position:
    """Return which entry a row is; NetBoxError for what is none."""
    try:
        return Position(entry=int(row["id"]), request=str(row["request_id"]), time=utc(str(row["time"])))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise no_entries() from None


def no_entries() -> NetBoxError:
    """Return the error for an answer that is no page of the changelog."""
    return NetBoxError(
        f"NetBox answered GET {PATH} without a list of entries",
        hint="Check whether a proxy answers in place of NetBox.",
    )


async def _page(netbox: NetBox, query: Mapping[str, str | int]) -> dict[str, Any] | None:
    try:
        page = await netbox.get(PATH, {**query, "limit": 1})
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return None
    return page if isinstance(page, dict) else {}
