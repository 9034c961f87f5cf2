"""Lookups: what the planner asks NetBox beside the managed objects, and the inventory with the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.collect.netbox.choices import read_no_choices
from proxbox_plan.collect.netbox.rows import RawRow, RowReader
from proxbox_plan.collect.netbox.shown_whole import ShownWhole
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.progress import OneAtATime, Progress
from proxbox_plan.model.inventory import NULL, AsOf, Inventory, Lookup, Row
from proxbox_plan.model.inventory.dependents import DEPENDENTS
from proxbox_plan.model.kind import Kind

# Reads rows when called; nothing is sent before that, so one that is never called needs no cleanup.
ListRead = Callable[[], Awaitable[list[Row]]]


async def gathered(parts: Sequence[ListRead], labels: Sequence[str], progress: Progress | None) -> list[list[Row]]:
    """Read all lists, as many at once as the client allows, and report each that is done."""
    listener = OneAtATime(progress)
    listener.started(len(parts))

    async def told(part: ListRead, label: str) -> list[Row]:
        rows = await part()
        listener.advanced(label)
        return rows

    return await asyncio.gather(*(told(part, label) for part, label in zip(parts, labels, strict=True)))


async def extend(
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    inventory: Inventory,
    lookups: Iterable[Lookup],
    progress: Progress | None = None,
) -> Inventory:
    """Add the answers to the planner's lookups to an inventory; the caller of the last lookup sets its digest."""
    wanted = grouped(lookups)
    about = {kind: filters.pop(DEPENDENTS) for kind, filters in wanted.items() if DEPENDENTS in filters}
    choices = {
        kind: {name: filters.pop(name) for name in tuple(filters) if kinds[kind].is_choosable(name)}
        for kind, filters in wanted.items()
    }
    depending, refused, rows = await asyncio.gather(
        DependentsReader(netbox, kinds).read({kind: map(int, values) for kind, values in about.items()}),
        read_no_choices(netbox, kinds, choices),
        _answers(netbox, kinds, wanted, progress),
    )
    asked = _joined(inventory.asked, {kind: {DEPENDENTS: values} for kind, values in about.items()}, choices, wanted)
    if depending or refused:  # a copy of a whole NetBox takes its time
        inventory = inventory.replace(
            no_choices=_joined(inventory.no_choices, refused), dependents=(*inventory.dependents, *depending)
        )
    return merged(inventory, rows, asked)


def _joined(
    known: Mapping[str, Mapping[str, tuple[str, ...]]], *more: Mapping[str, Mapping[str, Iterable[str]]]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return all values by kind and filter."""
    found = {kind: dict(filters) for kind, filters in known.items()}
    for one in more:
        for kind, filters in one.items():
            own = found.setdefault(kind, {})
            own.update({name: tuple(sorted({*own.get(name, ()), *values})) for name, values in filters.items()})
    return found


async def _answers(
    netbox: NetBox, kinds: Mapping[str, Kind], wanted: Mapping[str, Mapping[str, list[str]]], progress: Progress | None
) -> dict[str, list[Row]]:
    """Return the rows that lookups find, by kind; what the answers to the others show whole is not asked for."""
    shown = ShownWhole(kinds)
    reader = RowReader(netbox, kinds, shown.note)
    late = shown.to_wait(wanted)
    lookups = [(kind, name, values) for kind, filters in wanted.items() for name, values in filters.items()]
    found = await _found(reader, [lookup for lookup in lookups if lookup[0] not in late], progress)
    rest: list[tuple[str, str, list[str]]] = []
    for kind, name, values in lookups:
        if kind in late:
            known = shown.rows(kind, name, values)
            found.setdefault(kind, []).extend(known.values())
            rest.append((kind, name, [value for value in values if value not in known]))
    for kind, rows in (await _found(reader, rest, progress)).items():
        found[kind].extend(rows)
    return found


async def _found(
    reader: RowReader, lookups: Iterable[tuple[str, str, list[str]]], progress: Progress | None
) -> dict[str, list[Row]]:
    """Send lookups, and return the rows by kind."""
    parts = [(kind, name, part) for kind, name, values in lookups for part in _parts(name, values)]
    answers = await gathered(
        [partial(_asked, reader, reader.kinds[kind], _question(name, part)) for kind, name, part in parts],
        [kind for kind, _, _ in parts],
        progress,
    )
    found: dict[str, list[Row]] = {}
    for (kind, _, _), rows in zip(parts, answers, strict=True):
        found.setdefault(kind, []).extend(rows)
    return found


def grouped(lookups: Iterable[Lookup]) -> dict[str, dict[str, list[str]]]:
    """Return the values by kind and filter, in the order of `Inventory.asked`."""
    found: dict[str, dict[str, list[str]]] = {}
    for lookup in sorted(lookups):
        found.setdefault(lookup.kind, {}).setdefault(lookup.filter, []).append(lookup.value)
    return found


def merged(
    inventory: Inventory, rows: Mapping[str, Iterable[Row]], asked: Mapping[str, Any], as_of: AsOf | None = None
) -> Inventory:
    """Return an inventory with more rows, complete for all that was `asked`; it has no digest yet."""
    by_kind: dict[str, dict[int, Row]] = {
        kind: {row.id: row for row in known} for kind, known in inventory.kinds.items()
    }
    for kind, found in rows.items():
        by_kind.setdefault(kind, {}).update({row.id: row for row in found})
    kinds = {kind: tuple(known[number] for number in sorted(known)) for kind, known in sorted(by_kind.items())}
    return Inventory.begun(
        read_at=inventory.read_at,
        as_of=as_of or inventory.as_of,
        changelog=inventory.changelog,
        url=inventory.url,
        netbox_version=inventory.netbox_version,
        view=inventory.view,
        plugins=inventory.plugins,
        lacks=inventory.lacks,
        clusters=inventory.clusters,
        kinds=kinds,
        asked={kind: dict(sorted(filters.items())) for kind, filters in sorted(asked.items())},
        no_choices=inventory.no_choices,
        dependents=inventory.dependents,
    )


def _parts(name: str, values: list[str]) -> Iterator[tuple[str, ...]]:
    """Split values into requests, `null` into one of its own."""
    plain = [value for value in values if value != NULL]
    yield from map(tuple, chunks(name, plain))
    if len(plain) < len(values):
        yield (NULL,)


def _question(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Return the filter for these values; NetBox reads `null` as "without a value", so that text needs a search."""
    return {"q": NULL} if values == (NULL,) and not name.endswith("_id") else {name: values}


async def _asked(reader: RowReader, kind: Kind, query: RawRow) -> list[Row]:
    """Return the rows of a lookup; none of an advisory kind that the token may not view."""
    try:
        return await reader.read(kind, query)
    except NetBoxError as error:
        if not (kind.advisory and error.status == FORBIDDEN):
            raise
        return []
