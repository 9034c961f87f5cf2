"""Which models and fields each version of NetBox brought, or gave up, with the change of NetBox that they come from.

What is not listed is in every supported version. The numbers are those of NetBox's issues, which its release notes
name. A test compares the models with the OpenAPI of each version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.versions import Version

EVERY: Final = "*"
"""In place of a model: all models with such a field."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What one change brought: models, and fields by model."""

    since: Version
    change: int
    fields: Mapping[str, Collection[str]] = field(default_factory=dict)
    models: Collection[str] = ()


_ORGANIZATIONAL: Final = (
    "dcim.manufacturer",
    "ipam.vlangroup",
    "virtualization.clustergroup",
    "virtualization.clustertype",
)
BROUGHT: Final = (
    Brought((4, 3), 8423, {"ipam.service": {"parent", "parent_object_type", "parent_object_id"}}),
    Brought((4, 3), 9763, {"ipam.iprange": {"mark_populated"}}),
    Brought((4, 3), 17602, {label: {"comments"} for label in ("dcim.location", "dcim.region", "dcim.sitegroup")}),
    Brought((4, 3), 17608, {"vpn.l2vpn": {"status"}}),
    Brought((4, 3), 17841, {"extras.tag": {"weight"}}),
    Brought((4, 3), 18245, {"dcim.devicerole": {"parent", "_depth", "comments"}}),
    Brought((4, 3), 18296, {"ipam.vlangroup": {"tenant"}}),
    Brought((4, 4), 19713, {"core.objectchange": {"message"}}),
    Brought((4, 4), 19740, {"dcim.platform": {"parent", "_depth", "comments"}}),
    Brought((4, 4), 20953, {"dcim.interface": {"bridge_interfaces"}}),
    Brought((4, 5), 17936, {"core.objectchange": {"object_repr"}}),
    Brought((4, 5), 18658, {"virtualization.virtualmachine": {"start_on_boot"}}),
    Brought((4, 5), 20304, {EVERY: {"owner"}}, models={"users.owner"}),
    Brought((4, 5), 20925, {label: {"comments"} for label in _ORGANIZATIONAL}),
    Brought((4, 5), 20959, {"dcim.manufacturer": {"moduletype_count"}}),
    Brought(
        (4, 6),
        5795,
        {"virtualization.virtualmachine": {"virtual_machine_type"}},
        models={"virtualization.virtualmachinetype"},
    ),
    Brought((4, 6), 19025, {"extras.customfield": {"validation_schema"}}),
    Brought((4, 6), 20698, {"ipam.vlangroup": {"total_vlan_ids"}}),
    Brought((4, 7), 20972, {"dcim.interface": {"channels", "channel_id"}}),
    Brought((4, 7), 21367, {"dcim.macaddress": {"is_primary"}}),
    Brought((4, 7), 22205, {"dcim.devicetype": {"end_of_life"}}),
    Brought((4, 7), 22231, {"extras.customfield": {"nulls_first"}}),
    Brought(
        (4, 7),
        22447,
        {
            "dcim.device": {"cooling_method", "cooling_intake_count", "cooling_outflow_count"},
            "dcim.devicetype": {"cooling_method"},
        },
        models={"dcim.coolingintake", "dcim.coolingoutflow"},
    ),
    Brought((4, 7), 23010, {"extras.customfield": {"status"}}),
)
GAVE_UP: Final = (Brought((4, 3), 8423, {"ipam.service": {"device", "virtual_machine"}}),)
"""Fields that are gone since the version."""


def dated(model: Model) -> Model:
    """Return a model with the versions that have it and each of its fields."""
    fields = tuple(_dated(model.label, item) for item in model.fields)
    since = next((change.since for change in BROUGHT if model.label in change.models), model.since)
    return replace(model, fields=fields, since=since)


def _dated(label: str, item: ModelField) -> ModelField:
    since = next((change.since for change in BROUGHT if _has(change, label, item)), item.since)
    until = next((change.since for change in GAVE_UP if _has(change, label, item)), item.until)
    return item if (since, until) == (item.since, item.until) else replace(item, since=since, until=until)


def _has(change: Brought, label: str, item: ModelField) -> bool:
    return item.name in change.fields.get(label, ()) or item.name in change.fields.get(EVERY, ())
