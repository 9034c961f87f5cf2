"""Offline mapping: evaluates the mapping against an empty inventory, without a NetBox."""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.mapping import custom_field, fill
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.readable import kinds_of
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import CUSTOM
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import Cluster, State

VERSION = "4.7.0"


def filled(clusters: Iterable[Cluster], policy: Policy) -> MappingContext:
    """Return the desired objects of these clusters for a NetBox that holds only the custom fields rules fill."""
    context = MappingContext(Estate.of(State.make(clusters=tuple(clusters)), _inventory(policy), policy))
    fill(context)
    return context


def _inventory(policy: Policy) -> Inventory:
    """Return an inventory whose custom fields accept any value."""
    types: dict[str, list[str]] = {}
    for kind in kinds_of(policy).values():
        for field in kind.fields:
            if field.name.startswith(CUSTOM):
                types.setdefault(field.name.removeprefix(CUSTOM), []).append(kind.object_type)
    rows = tuple(
        Row(id=number, name=name, fields={"name": name, "type": "json", "object_types": object_types})
        for number, (name, object_types) in enumerate(sorted(types.items()), start=1)
    )
    names = tuple(cluster.name for cluster in policy.clusters)
    return Inventory.make(url="", netbox_version=VERSION, clusters=names, kinds={custom_field.KIND.name: rows})
