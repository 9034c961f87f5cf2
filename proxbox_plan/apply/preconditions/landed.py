"""Landed: reads back what the journal of an apply that stopped claims to have written, before it is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from proxbox_plan.apply.journal import Earlier
from proxbox_plan.apply.preconditions.differences import Row, key_of, live_value, plain_value
from proxbox_plan.apply.preconditions.expectations import Expectation, Known, columns
from proxbox_plan.apply.preconditions.look import parts
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Create, Delete, Plan
from proxbox_plan.model.reference import refs_of


class _Claim(NamedTuple):
    """A change that landed, according to the journal, and the object that it wrote."""

    change: Change
    id: int | None


async def check_landed(netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, earlier: Earlier) -> None:
    """Raise StaleError when any object of the journal is not ours: everything else would be written beside it."""
    known = Known.of(plan, kinds, begun=True)
    claims: dict[str, list[_Claim]] = {}
    for address, entry in earlier.landed.items():
        change = known.changes.get(address)
        if change is not None:
            claims.setdefault(change.kind, []).append(_Claim(change, entry.result.netbox_id))
    found = await asyncio.gather(*(_of_kind(netbox, kinds[name], part, known) for name, part in claims.items()))
    wrong = next((each for each in found if each is not None), None)
    if wrong is not None:
        raise StaleError(
            f"NetBox is not the one this apply wrote to: {wrong.change.kind} {wrong.change.name!r} is not its number "
            f"{'null' if wrong.id is None else wrong.id}",
            hint="Nothing is written. NetBox was restored from a backup or is a copy, or the object was deleted since: "
            "plan again.",
        )


async def _of_kind(netbox: NetBox, kind: Kind, claims: list[_Claim], known: Known) -> _Claim | None:
    """Return the first object of a kind that is not ours."""
    ids = {claim.id for claim in claims if claim.id is not None}
    names = columns(kind, (Expectation(claim.change, kind, claim.id or 0) for claim in claims))
    rows: dict[int | None, dict[str, Any]] = {}
    for part in parts(sorted(ids), names):
        query = {"id": [str(number) for number in part], "fields": ",".join(names)}
        rows |= {row["id"]: row async for row in netbox.rows(kind.path, query)}
    return next((claim for claim in claims if not _is_ours(claim, kind, rows.get(claim.id), known)), None)


def _is_ours(claim: _Claim, kind: Kind, row: Row | None, known: Known) -> bool:
    change = claim.change
    if claim.id is None or claim.id != (change.target_id or claim.id):
        return False  # no run of ours wrote that
    if isinstance(change, Delete):
        return row is None  # NetBox never gives an id twice
    if row is None:
        return False
    if kind.managed and (key_of(row) != change.key):
        return False
    return change.key is not None or not isinstance(change, Create) or _has_content(change, kind, row, known)


def _has_content(change: Create, kind: Kind, row: Row, known: Known) -> bool:
    """Whether an object without a key has what it was created with, as far as that makes it the same one."""
    names = {kind.label, *(name for natural in kind.natural for name in natural.fields)}
    return all(
        plain_value(kind, item.field, live_value(kind, item.field, row, known))
        == plain_value(kind, item.field, item.after)
        for item in change.fields
        if item.field in names and all(ref.id is not None for ref in refs_of(item.after))
    )
