"""Look: reads every object that changes touch and refer to, and returns which changes are stale and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.apply.concurrency.staleness import EDITED
from proxbox_plan.apply.journal import Earlier
from proxbox_plan.apply.preconditions.differences import difference, is_by_slug
from proxbox_plan.apply.preconditions.expectations import Expectation, KnownObjects, columns, expectations
from proxbox_plan.apply.preconditions.named import lacking_tags, renamed
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import LONGEST_QUERY, parted
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Plan

_NAMED: Final = 5  # stale objects named in the message

Stale = Mapping[Address, str]
"""Address of a change -> why it cannot be made as it was planned."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found of the objects of changes."""

    stale: Stale
    moved: tuple[Change, ...] = ()
    """Of an apply that is resumed: changes whose object has a newer time stamp, which that apply may have given it."""
    by_slug: tuple[tuple[Expectation, dict[str, Any]], ...] = ()
    """Shared objects that are recognized by their slug alone, as they are."""


async def stale_changes(
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, changes: Iterable[Change], earlier: Earlier
) -> Looked:
    """Return the changes of which an object is not what the plan says: one list for each kind, in as few requests."""
    known = KnownObjects.of(plan, kinds, earlier)
    changes = list(changes)
    wanted: dict[str, dict[int, list[Expectation]]] = {}
    for item in expectations(changes, kinds):
        wanted.setdefault(item.kind.name, {}).setdefault(item.id, []).append(item)
    asked = [
        (kinds[name], part, names, objects)
        for name, objects in sorted(wanted.items())
        for names in [columns(kinds[name], (one for each in objects.values() for one in each))]
        for part in parts(sorted(objects), names)
    ]
    looks = asyncio.gather(*(_part(netbox, *part, known) for part in asked))
    found, tags = await asyncio.gather(looks, lacking_tags(netbox, kinds, plan, changes))
    by_slug = [item for each in found for item in each.by_slug]
    stale = dict(tags)
    for each in (*found, Looked(await renamed(netbox, by_slug))):
        for address, why in each.stale.items():
            stale.setdefault(address, why)
    return Looked(stale, tuple(change for each in found for change in each.moved))


def parts(ids: Sequence[int], names: Sequence[str]) -> Iterator[list[int]]:
    """Split ids into lists whose query, with the names of the columns, is short enough."""
    length = len("limit=1000&start=0&fields=") + sum(len(name) + len("%2C") for name in names)
    yield from parted(ids, lambda number: len(f"&id={number}"), len(ids), LONGEST_QUERY - length)


async def _part(  # noqa: PLR0913 # what to read, and what to judge it by
    netbox: NetBox,
    kind: Kind,
    ids: Sequence[int],
    names: Sequence[str],
    objects: Mapping[int, Sequence[Expectation]],
    known: KnownObjects,
) -> Looked:
    """Judge some objects of a kind. Rows are not kept: a plan may touch a hundred thousand objects."""
    query = {"id": [str(number) for number in ids], "fields": ",".join(names)}
    rows: dict[int, dict[str, Any]] = {row["id"]: row async for row in netbox.rows(kind.path, query)}
    found: dict[Address, str] = {}
    moved: list[Change] = []
    by_slug: list[tuple[Expectation, dict[str, Any]]] = []
    for number in ids:
        row = rows.get(number)
        for item in objects[number]:
            why = difference(item, row, known)
            if why == EDITED and known.begun:
                moved.append(item.change)
            elif why:
                found.setdefault(item.change.address, why)
            elif row is not None and is_by_slug(item, row):
                by_slug.append((item, row))
    return Looked(found, tuple(moved), tuple(by_slug))


def refuse_stale(changes: Iterable[Change], stale: Stale) -> None:
    """Raise StaleError when any change is stale, naming the first few and why."""
    found = [change for change in changes if change.address in stale]
    if found:
        names = "; ".join(f"{change.kind} {change.name!r}{_why(stale[change.address])}" for change in found[:_NAMED])
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise StaleError(
            f"NetBox was edited since the plan was made: {names}{more}",
            hint="Plan again and review; or apply the rest with --on-stale skip.",
        )


def _why(reason: str) -> str:
    return "" if reason == EDITED else f" {reason}"
