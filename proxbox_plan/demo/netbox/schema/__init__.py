"""The models of the fake NetBox and their fields."""

from __future__ import annotations

from collections import defaultdict

from proxbox_plan.demo.netbox.schema import (
    addresses,
    attached,
    devices,
    organization,
    parts,
    plugin_firewall,
    plugin_guests,
    plugin_jobs,
    plugin_places,
    plugin_sdn,
    plugin_sidecars,
    virtual,
    vpn,
)
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.schema.history import dated

_GROUPS = (
    organization,
    devices,
    virtual,
    addresses,
    vpn,
    parts,
    attached,
    plugin_places,
    plugin_guests,
    plugin_jobs,
    plugin_sidecars,
    plugin_firewall,
    plugin_sdn,
)
MODELS: dict[str, Model] = {model.label: dated(model) for group in _GROUPS for model in group.MODELS}
"""Every model; those of a plugin exist only on a NetBox that runs it."""
BY_PATH: dict[str, Model] = {model.path: model for model in MODELS.values()}


def _referrers() -> dict[str, list[tuple[Model, ModelField]]]:
    found: dict[str, list[tuple[Model, ModelField]]] = defaultdict(list)
    for model in MODELS.values():
        for field in model.references:
            found[field.to].append((model, field))
    return dict(found)


REFERRERS = _referrers()
"""Per model label, the fields of other models that point at it."""
