"""Kinds of the NetBox plugin netbox-proxbox, planned only where NetBox runs it."""

from __future__ import annotations

from typing import Any

from proxbox_plan.model.kind import Field, Kind

PLUGIN = "netbox_proxbox"


def plugin_kind(name: str, path: str, model: str, *fields: Field, **options: Any) -> Kind:
    """Return a kind of the plugin; `options` are those of Kind."""
    areas = ("plugin", *options.pop("areas", ()))
    return Kind(
        f"proxbox-{name}",
        f"/api/plugins/proxbox/{path}/",
        f"{PLUGIN}.{model}",
        fields,
        plugin=PLUGIN,
        areas=areas,
        **options,
    )
