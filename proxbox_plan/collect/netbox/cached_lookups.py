"""Cached lookups: answers name lookups from a saved inventory where cache validation proves them unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.collect.netbox.inventory import Managed
from proxbox_plan.collect.netbox.lookups import extend, grouped, merged
from proxbox_plan.model.inventory import NULL, Inventory, Lookup
from proxbox_plan.model.kind import Kind

_TEXTS = frozenset({"name", "model", "slug"})  # filters that are plain text fields
_TIMELESS = frozenset({"owner"})  # kinds whose objects have no time of change


async def answered(managed: Managed, lookups: Iterable[Lookup], kept: Inventory) -> Inventory:
    """Answer the planner's first lookups. The caller has checked that NetBox's changelog does not invalidate `kept`.

    The inventory has no digest yet (`Document.begun`).
    """
    netbox, kinds, progress = managed.netbox, managed.all_kinds, managed.progress
    asked = set(lookups)
    known = {saved.kind.name: saved for saved in _known(kinds, kept, asked)}
    others = {lookup for lookup in asked if lookup.kind not in known}
    same, inventory = await asyncio.gather(
        cache_validation.unchanged(netbox, known.values()), extend(netbox, kinds, managed.empty, others, progress)
    )
    proven = merged(
        inventory,
        {name: known[name].rows for name in same},
        inventory.asked | {name: kept.asked[name] for name in same},
    )
    return await extend(
        netbox, kinds, proven, {lookup for lookup in asked - others if lookup.kind not in same}, progress
    )


def _known(
    kinds: Mapping[str, Kind], kept: Inventory, lookups: Iterable[Lookup]
) -> Iterator[cache_validation.CachedList]:
    """Yield the cached lists whose lookups are exactly those of the saved inventory.

    Only kinds that are not managed: of managed kinds the inventory holds more than these answers.
    """
    for name, asked in grouped(lookups).items():
        known = not kinds[name].managed and name not in _TIMELESS and len(asked) == 1
        field, values = next(iter(asked.items()))
        if known and field in _TEXTS and NULL not in values and kept.asked.get(name) == {field: tuple(values)}:
            rows = kept.kinds.get(name, ())
            yield cache_validation.CachedList(kinds[name], cache_validation.named(field, values), rows)
