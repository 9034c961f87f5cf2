"""Read NetBox into an Inventory: the managed objects, and what the planner looks up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.lookups import ListRead, extend, gathered, merged
from proxbox_plan.collect.netbox.plugin_schema import lacking
from proxbox_plan.collect.netbox.rows import RowReader
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory import AsOf, Inventory, Lookup, Row
from proxbox_plan.model.inventory.changelog import Position
from proxbox_plan.model.inventory.ownership_fields import CUSTOM_FIELD, check_fields
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, Kind
from proxbox_plan.model.policy.areas import Areas

# The names of the clusters in scope, once they are known.
Clusters = Callable[[], Awaitable[tuple[str, ...]]]
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
        rows = await RowReader(self.netbox, self.all_kinds).read(kind, query, self._may_be_ours)
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
        found = await gathered(list(parts.values()), list(parts), self.progress)
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
