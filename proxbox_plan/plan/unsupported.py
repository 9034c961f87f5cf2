"""Unsupported kinds: kinds that are in scope but that this NetBox does not have, by plugin."""

from __future__ import annotations

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.plan import Unsupported


def unsupported(estate: Estate) -> tuple[Unsupported, ...]:
    """Return what the plugins of this NetBox lack, or would have if they were there."""
    inventory = estate.inventory
    found: dict[str, list[str]] = {}
    for kind in KINDS.values():
        lacks = not inventory.has(kind) or kind.name in inventory.lacks
        if kind.plugin is not None and lacks and estate.policy.areas.include(kind.areas):
            found.setdefault(kind.plugin, []).append(kind.name)
    return tuple(
        Unsupported(plugin=plugin, version=inventory.plugins.get(plugin), kinds=tuple(kinds))
        for plugin, kinds in sorted(found.items())
    )
