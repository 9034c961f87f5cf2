"""History: what NetBox's changelog says of a plan: whether it is that NetBox, and whether it was applied already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.apply.locks.netbox_lock import LOCKED_TYPE, wrote
from proxbox_plan.clients.netbox.changelog import POSITION, newest, no_entries, position_of
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError, RefusedError, StaleError
from proxbox_plan.model.inventory.changelog import LOCK, OURS, PATH, Position
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES
from proxbox_plan.model.plan import Action, Delete, Plan

MOST: Final = 500  # entries since a plan that are read; of more, NetBox is asked for ours
UNVERIFIED: Final = (
    "It was not verified that this is the NetBox of the plan, nor that the plan was not applied before: the token may "
    "not read the changelog"
)
_WRITTEN: Final = {  # the entry of each change that landed
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.ADOPT: "update",
    Action.MOVE: "update",
    Action.FORGET: "update",
    Action.DELETE: "delete",
}


@dataclass(frozen=True, slots=True)
class Since:
    """Where in the changelog the apply begins, and what could not be verified.

    `entry` is an entry that was the newest when all objects were as planned, if that is known; it is never read from a
    journal. `complete` says of an apply that is resumed that every change of its plan has an entry.
    """

    entry: int | None
    complete: bool = False
    warning: str = ""


async def check_history(netbox: NetBox, main: NetBox, plan: Plan, *, resume: bool) -> Since:
    """Refuse a plan for another NetBox, or one that was applied; return where the apply begins.

    `main` is NetBox itself when `netbox` works in a branch, whose changelog is another one. An apply that is
    resumed is in the changelog itself.
    """
    position = plan.binding.changelog
    if position is None:
        return await _unbound(netbox, main, plan, resume=resume)
    if main is netbox and CHANGELOG_MESSAGES.is_in(netbox.version) and not resume:
        return Since(await _check_since(netbox, plan, position))
    _check_position(await _entries(main, {"id": position.entry}, POSITION), position)
    since = position if main is netbox else None
    if resume:
        return Since(since.entry if since else None, complete=await _is_complete(netbox, plan, since))
    await _check_once(netbox, plan, since)
    return Since(await _newest(netbox, plan))


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


async def _unbound(netbox: NetBox, main: NetBox, plan: Plan, *, resume: bool) -> Since:
    """Check a plan that saw no entry: there was none, or the token could not read it, and then it still cannot.

    What a NetBox logged since that was empty is our lock and, in an apply that is resumed, what that wrote first.
    """
    fields = "id,message,changed_object_type"
    page = await _page(main, {"ordering": "id", "limit": MOST}, fields)
    if page is None:
        return Since(None, warning=UNVERIFIED)
    if not resume:
        await _check_once(netbox, plan, None)
    rows = _rows(page) or []
    first = next((row for row in rows if row.get("message") or not _may_be_lock(row)), None)
    if first is None:
        tags = sum(str(row.get("changed_object_type")) == LOCKED_TYPE for row in rows)
        empty = not page.get("next") and tags == await _count(main, _OF_LOCK)
    else:
        empty = resume and await _began(main, plan, first)
    if not empty:
        raise StaleError(
            "Cannot verify that this is the NetBox of the plan: the plan names no entry of the changelog, which has "
            "older ones",
            hint="Plan again, with a token that may view core | object change, as this one may.",
        )
    complete = resume and await _is_complete(netbox, plan, None)
    return Since(0 if main is netbox else None, complete=complete)


_OF_LOCK: Final = {"changed_object_type": LOCKED_TYPE, "object_repr": LOCK}


def _may_be_lock(row: Mapping[str, Any]) -> bool:
    """Whether an entry may be of our lock, or of a branch: what an apply makes before it looks."""
    return str(row.get("changed_object_type")) == LOCKED_TYPE or "branching." in str(row.get("changed_object_type"))


async def _began(main: NetBox, plan: Plan, first: Mapping[str, Any]) -> bool:
    """Whether the first entry of the changelog beside locks is what a run of this plan wrote."""
    if CHANGELOG_MESSAGES.is_in(main.version):
        return _is_of(first, plan)
    notes = await _notes(main, plan, {})
    return any(int(row["id"]) < int(first["id"]) for row in notes)


async def _is_complete(netbox: NetBox, plan: Plan, since: Position | None) -> bool:
    """Whether NetBox logged as much of this plan as it has changes: each that lands has an entry with its message."""
    if not CHANGELOG_MESSAGES.is_in(netbox.version):
        return False
    wanted: dict[str, int] = {}
    for change in plan.changes:
        wanted[_WRITTEN[change.action]] = wanted.get(_WRITTEN[change.action], 0) + 1
    found = await asyncio.gather(*(count_of(netbox, plan, since, action=action) for action in wanted))
    return all(number is not None and number >= least for number, least in zip(found, wanted.values(), strict=True))


async def count_of(netbox: NetBox, plan: Plan, since: Position | None, **query: str) -> int | None:
    """Return how many entries a plan has in the changelog; null when the token may not read it."""
    later: dict[str, Any] = {"id__gte": since.entry} if since else {}
    return await _count(netbox, {**later, "q": f"{OURS}{plan.id}", **query})


async def _count(netbox: NetBox, query: Mapping[str, Any]) -> int | None:
    page = await _page(netbox, {**query, "limit": 1}, "id")
    count = page.get("count") if page is not None else None
    return count if isinstance(count, int) else None


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
    else:
        found = bool(await _notes(netbox, plan, later))
    _refuse_applied(plan, applied=found)


async def _notes(netbox: NetBox, plan: Plan, later: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a run of this plan noted on its lock, which is a tag, when it wrote: where no message tells."""
    query = {**later, "changed_object_type": LOCKED_TYPE, "action": "update", "q": LOCK}
    rows = await _entries(netbox, query, "id,postchange_data")
    return [row for row in rows or () if wrote(str((row.get("postchange_data") or {}).get("description")), plan.id)]


def _refuse_applied(plan: Plan, *, applied: bool) -> None:
    if applied:
        raise RefusedError(
            f"Plan {plan.id} is already applied, according to NetBox's changelog",
            hint="Plan again. An apply that stopped part-way is finished with --resume, where its journal is.",
        )


def _is_of(row: Mapping[str, Any], plan: Plan) -> bool:
    return is_of(row.get("message"), f"{OURS}{plan.id}")


def is_of(message: object, stamp: str) -> bool:
    """Whether a message of the changelog is of the plan with that stamp."""
    text = str(message or "")
    return text == stamp or text.startswith(f"{stamp} ")


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
