"""Owners: a protective tag on a guest or node, put there since the plan was made, keeps all that belongs to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.core.address import Address
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.key import Key
from proxbox_plan.mapping.estate.protection import Protection, has_owner, owner_kind, protection_of, removes
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, Kind
from proxbox_plan.model.last_applied import LastApplied, read_last_applied
from proxbox_plan.model.plan import Adopt, Change, Create, Move, Reason
from proxbox_plan.model.protective_tags import IGNORE_TAG

NetBoxObject = Mapping[str, Any]
Owner = tuple[str, Key]
"""Kind and key of a guest or node, as they were when the plan was made."""

_FIELDS: Final = "id,name,status,tags,custom_fields"


class Marks(NamedTuple):
    """What tells of an object of NetBox whether it is protected."""

    tags: frozenset[str]
    last_applied: LastApplied | None

    @classmethod
    def of(cls, row: NetBoxObject) -> Marks:
        """Return those of an object; where it is unreadable what was applied, every tag counts as a person's."""
        try:
            applied = read_last_applied((row.get("custom_fields") or {}).get(APPLIED_FIELD))
        except ValueError:
            applied = None
        return cls(frozenset(str(tag["slug"]) for tag in row.get("tags") or ()), applied)


def protection_from(change: Change, row: NetBoxObject) -> Protection | None:
    """Return what protects an object from being removed; an undo is asked for, whatever Proxmox says of the guest."""
    found = protection_of(Marks.of(row))
    return None if found is not None and found.side == "proxmox" and change.reason is Reason.UNDO else found


async def kept_by_owners(
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Iterable[Change], changes: Iterable[Change]
) -> dict[Address, str]:
    """Return which of some changes the protection of a guest or node forbids, and why.

    It is what the planner goes by. NetBox gives a part no new time stamp when its guest is tagged.
    """
    parts = [(change, owner) for change in changes if (owner := _left_by(change)) is not None]
    if not parts:
        return {}
    written = _written(plan)
    rows = await _read(netbox, kinds, written, {owner for _, owner in parts})
    return {
        change.address: why
        for change, owner in parts
        for row in rows.get(owner, ())
        if (why := _why(change, owner, written.get(owner), row))
    }


def _key_before(change: Change) -> Key | None:
    owned = None if isinstance(change, Create | Adopt) else change.ownership_before
    return owned.key if owned is not None else None


def _owner_of(key: Key) -> Owner:
    return owner_kind(key).name, key.machine


def _left_by(change: Change) -> Owner | None:
    """Return what loses a part by a change; null where none does. A guest or node itself has tags of its own."""
    key = _key_before(change)
    if key is None or not has_owner(key):
        return None
    owner = _owner_of(key)
    given = change.key if isinstance(change, Move) and change.reason is Reason.REASSIGNED else None
    leaves = removes(change) or (given is not None and given.machine != key.machine)
    return owner if leaves and (change.kind, key) != owner else None


def _written(plan: Iterable[Change]) -> Mapping[Owner, Change]:
    """Return the changes of a plan that write to guests and nodes."""
    found: dict[Owner, Change] = {}
    for change in plan:
        key = _key_before(change)
        if key is not None and has_owner(key) and (change.kind, key) == (owner := _owner_of(key)):
            found.setdefault(owner, change)
    return found


async def _read(
    netbox: NetBox, kinds: Mapping[str, Kind], written: Mapping[Owner, Change], owners: Iterable[Owner]
) -> Mapping[Owner, list[NetBoxObject]]:
    """Return guests and nodes: by their ids where the plan writes to them, as that may change their keys."""
    ids: dict[str, dict[int, Key]] = {}
    keys: dict[str, set[Key]] = {}
    for kind, key in owners:
        own = written.get((kind, key))
        if own is not None and own.target_id is not None:
            ids.setdefault(kind, {})[own.target_id] = key
        else:
            keys.setdefault(kind, set()).add(key)
    found: dict[Owner, list[NetBoxObject]] = {}

    async def by_id(kind: str, wanted: Mapping[int, Key]) -> None:
        async for row in _rows(netbox, kinds[kind], "id", map(str, sorted(wanted))):
            found.setdefault((kind, wanted[row["id"]]), []).append(row)

    async def by_key(kind: str, wanted: Collection[Key]) -> None:
        async for row in _rows(netbox, kinds[kind], f"cf_{KEY_FIELD}", sorted(wanted)):
            key = Key(str((row.get("custom_fields") or {}).get(KEY_FIELD)))  # the filter ignores case
            found.setdefault((kind, key), []).append(row)

    await asyncio.gather(*(by_id(*item) for item in ids.items()), *(by_key(*item) for item in keys.items()))
    return found


async def _rows(netbox: NetBox, kind: Kind, name: str, values: Iterable[str]) -> AsyncIterator[NetBoxObject]:
    for chunk in chunks(name, values):
        async for row in netbox.rows(kind.path, {name: chunk, "fields": _FIELDS}):
            yield row


def _why(change: Change, owner: Owner, own: Change | None, row: NetBoxObject) -> str:
    found, moves = protection_from(change, row), isinstance(change, Move)
    if found is None or (moves and found.tag != IGNORE_TAG and _is_present(owner, own, row)):
        return ""
    name = sanitized(str(row.get("name")))
    carries = "carries the tag" if found.side == "netbox" else "has in Proxmox the tag"
    return f"{'leaves' if moves else 'belongs to'} {owner[0]} {name!r}, which {carries} {found.tag}"


def _is_present(owner: Owner, own: Change | None, row: NetBoxObject) -> bool:
    """Whether a guest is still in Proxmox: protected, it loses no address by being gone, but may give it away."""
    status = row.get("status")
    retired = isinstance(status, Mapping) and status.get("value") == owner_kind(owner[1]).retired
    return not removes(own) if own is not None else not retired
