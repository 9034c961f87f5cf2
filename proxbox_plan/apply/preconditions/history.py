"""History: what NetBox's changelog says of a plan: whether it is that NetBox, and whether it was applied already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxbox_plan.apply.locks.netbox_lock import LOCKED_TYPE, wrote
from proxbox_plan.clients.netbox.changelog import POSITION, newest, no_entries, position_of
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError, RefusedError, StaleError
from proxbox_plan.model.inventory.changelog import LOCK, OURS, PATH, Position
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES
from proxbox_plan.model.plan import Delete, Plan

MOST: Final = 500  # entries since a plan that are read; of more, NetBox is asked for ours


async def check_history(netbox: NetBox, main: NetBox, plan: Plan, *, resume: bool) -> int | None:
    """Refuse a plan for another NetBox, or one that was applied; return the newest entry, if that was seen.

    `main` is NetBox itself when `netbox` works in a branch, whose changelog is another one. An apply that is
    resumed is in the changelog itself.
    """
    position = plan.binding.changelog
    if position is not None and main is netbox and CHANGELOG_MESSAGES.is_in(netbox.version) and not resume:
        return await _check_since(netbox, plan, position)
    if position is not None:
        _check_position(await _entries(main, {"id": position.entry}, POSITION), position)
    if not resume:
        await _check_once(netbox, plan, since=position if main is netbox else None)
    return await _newest(netbox, plan)


async def _check_since(netbox: NetBox, plan: Plan, position: Position) -> int | None:
    """Check both at once, by what NetBox logged from that entry on: usually a page says it all."""
    page = await _page(netbox, {"id__gte": position.entry, "ordering": "id", "limit": MOST}, f"{POSITION},message")
    rows = _rows(page)
    _check_position(rows, position)
    if page is None or page.get("next"):
        await _check_once(netbox, plan, since=position)
        return await _newest(netbox, plan)
    _refuse_applied(plan, applied=any(_is_of(row, plan) for row in rows or ()))
    return max(int(row["id"]) for row in rows or ())


async def _newest(netbox: NetBox, plan: Plan) -> int | None:
    """Return the newest entry for a plan that deletes: the entries after it show whether only this apply wrote."""
    if not any(isinstance(change, Delete) for change in plan.changes):
        return None
    found = await newest(netbox)
    return None if found is None else found.position.entry if found.position else 0


def _check_position(rows: list[dict[str, Any]] | None, position: Position) -> None:
    """Compare the first row with the entry that was the newest when the plan was made."""
    if rows is None:
        raise StaleError(
            "Cannot verify that this is the NetBox of the plan: the token may not read the changelog",
            hint="Let the token view core | object change, as the token that planned may.",
        )
    if not rows or position_of(rows[0]) != position:
        raise StaleError(
            f"This is not the NetBox that the plan was made for: its changelog lacks the entry {position.entry} of "
            f"{position.time}, or has another one in its place",
            hint="Plan again. NetBox was restored from a backup, is a copy, prunes its changelog, or the token may "
            "view less of it.",
        )


async def _check_once(netbox: NetBox, plan: Plan, since: Position | None) -> None:
    """Ask for an entry of this plan; without a right to the changelog that cannot be known."""
    later: dict[str, Any] = {"id__gte": since.entry} if since else {}
    if CHANGELOG_MESSAGES.is_in(netbox.version):
        rows = await _entries(netbox, {**later, "q": f"{OURS}{plan.id}"}, "id,message")
        found = any(_is_of(row, plan) for row in rows or ())
    else:  # no messages: a run notes on its lock, which is a tag, that it writes
        query = {**later, "changed_object_type": LOCKED_TYPE, "action": "update", "q": LOCK}
        rows = await _entries(netbox, query, "id,postchange_data")
        found = any(wrote(str((row.get("postchange_data") or {}).get("description")), plan.id) for row in rows or ())
    _refuse_applied(plan, applied=found)


def _refuse_applied(plan: Plan, *, applied: bool) -> None:
    if applied:
        raise RefusedError(
            f"Plan {plan.id} is already applied, according to NetBox's changelog",
            hint="Plan again. An apply that stopped part-way is finished with --resume, where its journal is.",
        )


def _is_of(row: Mapping[str, Any], plan: Plan) -> bool:
    stamp = f"{OURS}{plan.id}"
    message = str(row.get("message") or "")
    return message == stamp or message.startswith(f"{stamp} ")


async def _entries(netbox: NetBox, query: Mapping[str, Any], fields: str) -> list[dict[str, Any]] | None:
    return _rows(await _page(netbox, {**query, "limit": MOST}, fields))


async def _page(netbox: NetBox, query: Mapping[str, Any], fields: str) -> dict[str, Any] | None:
    """Return a page of the changelog; null when the token may not read it."""
    try:
        page = await netbox.get(PATH, {**query, "fields": fields})
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return None
    if not isinstance(page, dict) or not isinstance(page.get("results"), list):
        raise no_entries()
    return page


def _rows(page: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    return None if page is None else [row for row in page["results"] if isinstance(row, dict)]
