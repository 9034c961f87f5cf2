"""Landed: reads back what the journal of an apply that stopped claims to have written, before it is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from proxbox_plan.apply.batches.lookup import FoundObject, LandedLookup
from proxbox_plan.apply.journal import Earlier, JournalEntry
from proxbox_plan.apply.preconditions.differences import Row, has_arrived, key_of, live_value, plain_value
from proxbox_plan.apply.preconditions.expectations import Expectation, KnownObjects, ObjectId, columns
from proxbox_plan.apply.preconditions.look import parts
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import RefusedError, StaleError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Change, Create, Delete, Plan, Update
from proxbox_plan.model.reference import refs_of


class _Claim(NamedTuple):
    """A change that landed, according to the journal, and the object that it wrote."""

    change: Change
    id: int | None


class _Read(NamedTuple):
    """What became of the claims of one kind."""

    wrong: _Claim | None  # the first one that is not ours
    proven: frozenset[ObjectId]


async def check_landed(netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, earlier: Earlier) -> frozenset[ObjectId]:
    """Raise StaleError when any object of the journal is not ours: everything else would be written beside it.

    Return the objects that have the key and the values with which the journal says that they were written.
    """
    known = KnownObjects.of(plan, kinds, earlier)
    claims: dict[str, list[_Claim]] = {}
    for address, entry in earlier.landed.items():
        change = known.changes.get(address)
        if change is not None:
            claims.setdefault(change.kind, []).append(_Claim(change, entry.result.netbox_id))
    found = await asyncio.gather(*(_of_kind(netbox, kinds[name], part, known) for name, part in claims.items()))
    wrong = next((each.wrong for each in found if each.wrong is not None), None)
    if wrong is not None:
        raise StaleError(
            f"NetBox is not the one this apply wrote to: {wrong.change.kind} {wrong.change.name!r} is not its number "
            f"{'null' if wrong.id is None else wrong.id}",
            hint="Nothing is written. NetBox was restored from a backup or is a copy, or the object was deleted since: "
            "plan again.",
        )
    return frozenset(item for each in found for item in each.proven)


async def nothing_left(
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, earlier: Earlier
) -> Mapping[Address, JournalEntry]:
    """Return what landed without a line in the journal, of a plan that is in NetBox's changelog completely.

    It is found as it was written: RefusedError for what is not. That was deleted or edited since, and no apply writes
    it a second time. References are known once what they point to is found.
    """
    ids = {address: entry.result.netbox_id or 0 for address, entry in earlier.landed.items()}
    lookup = LandedLookup(netbox, kinds, lambda ref: ref.id or ids[ref.address or Address("")])
    more: dict[Address, JournalEntry] = {}
    left = [change for change in plan.changes if change.address not in ids]
    while ready := [_located(change, ids) for change in left if _is_known(change, ids)]:
        found = await lookup.landed(ready)
        landed = {change.address: _entry(change, found[change.address]) for change in ready if change.address in found}
        more |= landed
        ids |= {address: entry.result.netbox_id or 0 for address, entry in landed.items()}
        left = [change for change in left if change.address not in landed]
        if len(landed) < len(ready):
            break
    if left:
        raise RefusedError(
            f"Plan {plan.id} is already applied completely, according to NetBox's changelog, and {left[0].kind} "
            f"{left[0].name!r} is not as it was written",
            hint="Nothing is written. It was deleted or edited since: plan again.",
        )
    return more


def _is_known(change: Change, ids: Mapping[Address, int]) -> bool:
    """Whether the id of the object of a change is known, and of all that it refers to."""
    if change.address.is_second_pass and change.target_id is None and change.address.first_pass not in ids:
        return False
    return all(ref.id or ref.address in ids for item in change.fields for ref in refs_of(item.after))


def _located(change: Change, ids: Mapping[Address, int]) -> Change:
    if isinstance(change, Update) and change.netbox_id is None:
        return change.replace(netbox_id=ids[change.address.first_pass])
    return change


def _entry(change: Change, found: FoundObject) -> JournalEntry:
    said = {name: getattr(change, name) for name in ("address", "kind", "action", "name")}
    return JournalEntry(ChangeResult(**said, result=Result.DONE, netbox_id=found.id), found.last_updated)


async def _of_kind(netbox: NetBox, kind: Kind, claims: list[_Claim], known: KnownObjects) -> _Read:
    """Read back the objects of a kind."""
    ids = {claim.id for claim in claims if claim.id is not None}
    names = columns(kind, (Expectation(claim.change, kind, claim.id or 0) for claim in claims))
    wrong: _Claim | None = None
    proven: set[ObjectId] = set()
    rows: dict[int | None, dict[str, Any]] = {}
    for part in parts(sorted(ids), names):
        query = {"id": [str(number) for number in part], "fields": ",".join(names)}
        rows |= {row["id"]: row async for row in netbox.rows(kind.path, query)}
    for claim in claims:
        row = rows.get(claim.id)
        if not _is_ours(claim, kind, row, known):
            wrong = wrong or claim
        elif row is not None and has_arrived(claim.change, kind, row, known):
            proven.add((kind.name, row["id"]))
    return _Read(wrong, frozenset(proven))


def _is_ours(claim: _Claim, kind: Kind, row: Row | None, known: KnownObjects) -> bool:
    change = claim.change
    if claim.id is None or claim.id != (change.target_id or claim.id):
        return False  # no run of ours wrote that
    if isinstance(change, Delete):
        return row is None  # NetBox never gives an id twice
    if row is None:
        return False
    if kind.managed and key_of(row) not in known.keys_after(change):
        return False
    if change.planned_stamp and row.get("last_updated") == change.planned_stamp:
        return has_arrived(change, kind, row, known)  # nothing was written to it since the plan
    return change.key is not None or not isinstance(change, Create) or _has_content(change, kind, row, known)


def _has_content(change: Create, kind: Kind, row: Row, known: KnownObjects) -> bool:
    """Whether an object without a key has what it was created with, as far as that makes it the same one."""
    names = {kind.label, *(name for natural in kind.natural for name in natural.fields)}
    return all(
        plain_value(kind, item.field, live_value(kind, item.field, row, known))
        == plain_value(kind, item.field, item.after)
        for item in change.fields
        if item.field in names and all(ref.id is not None for ref in refs_of(item.after))
    )
