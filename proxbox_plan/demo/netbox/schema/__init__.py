"""Which models the fake NetBox has, and what their fields are."""

from __future__ import annotations

from collections import defaultdict

from proxbox_plan.demo.netbox.schema import addresses, devices, organization, virtual
from proxbox_plan.demo.netbox.schema.fields import Field, Model

MODELS: dict[str, Model] = {
    model.label: model for model in (*organization.MODELS, *devices.MODELS, *virtual.MODELS, *addresses.MODELS)
}
BY_PATH: dict[str, Model] = {model.path: model for model in MODELS.values()}


def _referrers() -> dict[str, list[tuple[Model, Field]]]:
    found: dict[str, list[tuple[Model, Field]]] = defaultdict(list)
    for model in MODELS.values():
        for field in model.references:
            found[field.to].append((model, field))
    return dict(found)


REFERRERS = _referrers()
"""Per model label, the fields of other models that point at it."""
