"""Undone: an undo deletes only what NetBox's changelog shows to be created by the one apply that it reverts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.core.errors import NetBoxError, RefusedError
from proxbox_plan.model.inventory.changelog import OURS, PATH
from proxbox_plan.model.kind import KEY_FIELD, Kind
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES
from proxbox_plan.model.plan import Change, Delete, Reason

_PRUNED: Final = (
    "Delete it in NetBox if that is right. The entry of its creation may be pruned (CHANGELOG_RETENTION), or the token "
    "may not view it."
)


async def check_undone(netbox: NetBox, kinds: Mapping[str, Kind], changes: Iterable[Change]) -> None:
    """Raise RefusedError when an undo deletes anything else: the reason `undo` is only a word of the plan.

    Before NetBox 4.4 the changelog has no messages: there an object counts as created by us when it was created with
    the key that it has, which no one but an apply does.
    """
    deletes = [change for change in changes if isinstance(change, Delete) and change.reason is Reason.UNDO]
    if not deletes:
        return
    found = await asyncio.gather(*(_creations(netbox, kind, ids) for kind, ids in _asked(kinds, deletes)))
    rows = {(str(row["changed_object_type"]), int(row["changed_object_id"])): row for part in found for row in part}
    created = {item.address: _by(rows.get((kinds[item.kind].object_type, item.netbox_id)), item) for item in deletes}
    for change in deletes:
        if not created[change.address]:
            raise RefusedError(
                f"The undo would delete {change.kind} {change.name!r}, and NetBox's changelog does not show that an "
                "apply of proxbox-plan created it",
                hint=_PRUNED,
            )
    first = deletes[0]
    for change in deletes:
        if created[change.address] != created[first.address]:
            raise RefusedError(
                f"The undo would delete {change.kind} {change.name!r}, which another apply created than "
                f"{first.kind} {first.name!r}",
                hint="No undo of proxbox-plan has that, so the plan was edited. Undo again.",
            )


def _asked(kinds: Mapping[str, Kind], deletes: Sequence[Delete]) -> Iterator[tuple[Kind, list[str]]]:
    ids: dict[str, set[int]] = {}
    for change in deletes:
        ids.setdefault(change.kind, set()).add(change.netbox_id)
    for name, numbers in sorted(ids.items()):
        for part in chunks("changed_object_id", map(str, sorted(numbers))):
            yield kinds[name], part


async def _creations(netbox: NetBox, kind: Kind, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the entries of the creation of some objects; none when the token may not read the changelog."""
    more = "message" if CHANGELOG_MESSAGES.is_in(netbox.version) else "postchange_data"
    fields = f"id,changed_object_type,changed_object_id,{more}"
    about = {"changed_object_type": kind.object_type, "changed_object_id": ids, "action": "create"}
    try:
        return [row async for row in netbox.rows(PATH, {**about, "fields": fields})]
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return []


def _by(row: Mapping[str, Any] | None, change: Delete) -> str:
    """Return which apply of ours created an object, as far as NetBox tells; empty when none did."""
    if row is None:
        return ""
    if "message" in row:
        message = str(row["message"] or "")
        return message.removeprefix(OURS).partition(" ")[0] if message.startswith(OURS) else ""
    custom = (row.get("postchange_data") or {}).get("custom_fields") or {}
    owned = change.ownership_before
    return "ours" if owned is not None and custom.get(KEY_FIELD) == owned.key else ""
