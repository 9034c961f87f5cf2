"""Read NetBox into an Inventory: the managed objects, and what the planner looks up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.collect.netbox.plugin_schema import lacking
from proxbox_plan.collect.netbox.response_checks import BAD_ROW, bad_row, check_row
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.key import Key
from proxbox_plan.core.progress import OneAtATime, Progress
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory import AsOf, Inventory, Lookup, Row
from proxbox_plan.model.inventory.changelog import Position
from proxbox_plan.model.inventory.dependents import DEPENDENTS
from proxbox_plan.model.inventory.ownership_fields import CUSTOM_FIELD, FIELDS, check_fields
from proxbox_plan.model.inventory.wire import read_field
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, NOTHING, FieldType, Kind
from proxbox_plan.model.last_applied import LastApplied, read_last_applied
from proxbox_plan.model.policy.areas import Areas

NULL = "null"  # in a NetBox filter: objects without a value
# The names of the clusters in scope, once they are known.
Clusters = Callable[[], Awaitable[tuple[str, ...]]]
# Reads rows when called; nothing is sent before that, so one that is never called needs no cleanup.
ListRead = Callable[[], Awaitable[list[Row]]]
# Rows by kind, and the position of NetBox's changelog before they were read, if it was requested.
Reading = tuple[Mapping[str, Sequence[Row]], AsOf | None]


@dataclass(frozen=True)
class Managed:
    """The kinds that may carry a key of one of the clusters, and how to read their managed objects."""

    netbox: NetBox
    empty: Inventory  # with NetBox's version and custom fields
    kinds: tuple[Kind, ...]
    all_kinds: Mapping[str, Kind]
    prefixes: tuple[str, ...]
    progress: Progress | None = None

    def seen(self, position: Position | None) -> Managed:
        """Return it for an inventory that says which entry of NetBox's changelog was the newest."""
        return replace(self, empty=self.empty.replace(changelog=position))

    @property
    def filter(self) -> dict[str, Any]:
        """The filter that finds the managed objects."""
        return {f"cf_{KEY_FIELD}__isw": self.prefixes}

    def is_ours(self, row: Row) -> bool:
        """Whether a row is managed; NetBox's filter ignores case, so the key is compared again."""
        return row.key is not None and row.key.startswith(self.prefixes)

    async def read(self, kind: Kind, more: Mapping[str, Any] | None = None) -> list[Row]:
        """Read the managed objects of a kind, optionally only those that pass another filter."""
        query = dict(more or {}) if kind.few else {**self.filter, **(more or {})}
        rows = await _read(self.netbox, self.all_kinds, kind, query, self._may_be_ours)
        return [row for row in rows if self.is_ours(row)]

    def _may_be_ours(self, raw: Any) -> bool:
        """Whether a row must be validated: an object that carries none of the keys may have any shape."""
        custom = raw.get("custom_fields") if isinstance(raw, dict) else None
        if not isinstance(custom, dict):
            return True
        key = custom.get(KEY_FIELD)
        return not isinstance(key, str | None) or bool(key and key.startswith(self.prefixes))

    async def gathered(self, parts: Mapping[str, ListRead]) -> dict[str, list[Row]]:
        """Read lists concurrently, by kind."""
        found = await _gathered(list(parts.values()), list(parts), self.progress)
        return dict(zip(parts, found, strict=True))

    async def read_all(self) -> dict[str, list[Row]]:
        """Read every managed object, the largest kinds first, so that no long list is left for the end."""
        return await self.gathered({kind.name: partial(self.read, kind) for kind in reversed(self.kinds)})

    async def reading(self) -> Reading:
        """Read every managed object, for an inventory that is not used as a cache."""
        return await self.read_all(), None


async def find_managed(  # noqa: PLR0913 # what to read, and the progress listeners
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    clusters: Clusters,
    areas: Areas,
    progress: Progress | None = None,
    view: BranchView | None = None,
) -> Managed:
    """Return the kinds of the `areas` that may carry a key of one of the clusters.

    The inventory has no digest yet (`Document.begun`). On a NetBox without the custom field no object is managed, and
    NetBox would ignore the filter and return every object. So the field itself is read first, and then only the kinds
    it is assigned to. That needs no cluster, so it is sent before the names of the clusters are known.
    """
    marks = tuple(Lookup(CUSTOM_FIELD, "name", name) for name in (KEY_FIELD, APPLIED_FIELD))
    empty = Inventory.begun(
        read_at=netbox.moment,
        url=netbox.url,
        netbox_version=netbox.version_text,
        view=view,
        plugins=netbox.plugins,
        lacks=await lacking(netbox, (kind for kind in kinds.values() if areas.include(kind.areas))),
        clusters=(),
    )
    nobodys = await extend(netbox, kinds, empty, marks)
    names = tuple(sorted(await clusters()))
    inventory = nobodys.replace(clusters=names)
    check_fields(inventory)
    fields = {row.name: row for row in inventory.kinds.get(CUSTOM_FIELD, ())}
    assigned = set(fields[KEY_FIELD].fields.get("object_types", ())) if KEY_FIELD in fields else set()
    marked = tuple(
        kind
        for kind in kinds.values()
        if kind.managed and kind.object_type in assigned and inventory.has(kind) and areas.include(kind.areas)
    )
    prefixes = tuple(f"{name}/" for name in names)
    return Managed(netbox, inventory, marked, kinds, prefixes, progress)


async def read_managed(reading: Awaitable[Reading], beside: Awaitable[Inventory]) -> Inventory:
    """Return the inventory of the managed objects, which are being read, and of the lookups `beside` them.

    It has no digest yet (`Document.begun`).
    """
    (rows, as_of), known = await asyncio.gather(reading, beside)
    return merged(known, rows, known.asked, as_of)


async def _gathered(parts: Sequence[ListRead], labels: Sequence[str], progress: Progress | None) -> list[list[Row]]:
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
    asked = {kind: dict(filters) for kind, filters in inventory.asked.items()}
    wanted = grouped(lookups)
    about = {kind: filters.pop(DEPENDENTS) for kind, filters in wanted.items() if DEPENDENTS in filters}
    reader = DependentsReader(netbox, kinds)
    depending = await reader.read({kind: map(int, values) for kind, values in about.items()})
    for kind, numbers in about.items():
        filters = asked.setdefault(kind, {})
        filters[DEPENDENTS] = tuple(sorted({*filters.get(DEPENDENTS, ()), *numbers}))
    parts = [
        (kind, name, part)
        for kind, filters in wanted.items()
        for name, values in filters.items()
        for part in _parts(name, values)
    ]
    answers = await _gathered(
        [partial(_asked, netbox, kinds, kinds[kind], _question(name, values)) for kind, name, values in parts],
        [kind for kind, _, _ in parts],
        progress,
    )
    rows: dict[str, list[Row]] = {}
    for (kind, name, values), found in zip(parts, answers, strict=True):
        rows.setdefault(kind, []).extend(found)
        filters = asked.setdefault(kind, {})
        filters[name] = tuple(sorted({*filters.get(name, ()), *values}))
    known = inventory.replace(dependents=(*inventory.dependents, *depending)) if depending else inventory
    return merged(known, rows, asked)


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
    return {"q": NULL} if values == (NULL,) else {name: values}


async def _asked(netbox: NetBox, kinds: Mapping[str, Kind], kind: Kind, query: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a lookup; none of an advisory kind that the token may not view."""
    try:
        return await _read(netbox, kinds, kind, query)
    except NetBoxError as error:
        if not (kind.advisory and error.status == FORBIDDEN):
            raise
        return []


async def _read(
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    kind: Kind,
    query: Mapping[str, Any],
    keep: Callable[[Any], bool] | None = None,
) -> list[Row]:
    types = {other.object_type: name for name, other in kinds.items()}
    wanted = {**query, "fields": ",".join(columns(kind, netbox.version))}
    found: dict[int, Row] = {}
    async for raw in netbox.rows(kind.path, wanted):
        if keep and not keep(raw):
            continue
        try:
            row = check_row(kind, to_row(kind, raw, types, netbox.version))
            if row.id in found:  # rows come by rising id: a repeated id means that the list never ends
                raise ValueError("twice")
        except BAD_ROW as error:
            raise bad_row(kind, raw, error) from None
        found[row.id] = row
    return list(found.values())


def columns(kind: Kind, version: tuple[int, int]) -> list[str]:
    """Names for `?fields=`: the id, the compared fields, and the ownership metadata."""
    names = ["id", kind.label, "last_updated"]
    for field in kind.fields_on(version):
        if field.type is FieldType.CUSTOM:
            continue  # inside `custom_fields`
        generic = field.type is FieldType.GENERIC
        names += [f"{field.name}_type", f"{field.name}_id", field.name] if generic else [field.name]
        names += [field.along] if field.along else []
    if kind.managed:
        names += ["custom_fields", "tags"]
    return list(dict.fromkeys(names))


def to_row(kind: Kind, raw: Mapping[str, Any], types: Mapping[str, str], version: tuple[int, int]) -> Row:
    """Reduce one NetBox answer to a row; `types` maps object types to kinds."""
    custom = raw.get("custom_fields") or {}
    key = custom.get(KEY_FIELD)
    applied, unreadable = _last_applied(custom.get(APPLIED_FIELD))
    return Row(
        id=raw["id"],
        name=str(raw.get(kind.label) or raw["id"]),
        fields={field.name: read_field(field, raw, types) for field in kind.fields_on(version)},
        key=Key(key) if isinstance(key, str) and key else None,
        last_applied=applied,
        unreadable=unreadable,
        legacy=_legacy(custom),
        empty=tuple(sorted(name for name, value in custom.items() if value in NOTHING and name not in FIELDS)),
        tags=tuple(sorted(str(tag["slug"]) for tag in raw.get("tags") or ())),
        last_updated=raw.get("last_updated"),
    )


def _last_applied(value: object) -> tuple[LastApplied | None, str]:
    """Return what was last applied, and why it cannot be read."""
    try:
        return read_last_applied(value), ""
    except ValueError as error:
        return None, str(error)


def _legacy(custom: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the ownership metadata that proxbox-api kept in custom fields before it had tables of its own."""
    number = custom.get("proxmox_vm_id")
    if not isinstance(number, int):
        return None
    return {"vmid": number, "type": str(custom.get("proxmox_vm_type") or "")}
