"""Changed: which of our kinds' objects may differ from a saved inventory, as NetBox's changelog says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.inventory.changelog import LOCK, PATH
from proxbox_plan.model.kind import FieldType, Kind

MOST_ENTRIES = 500  # of so many changes a full read is no more work
_COLUMNS = "id,changed_object_type,changed_object_id,action,object_repr,prechange_data,postchange_data"
_TAG = "extras.tag"
# What no field of ours depends on: apps as a whole, and models of the apps that we have kinds of.
_APART = frozenset({"account", "circuits", "core", "extras", "users", "wireless"})
_NOT_APART = frozenset({_TAG, "extras.customfield", "extras.customfieldchoiceset"})
_HARMLESS = frozenset(
    {
        "dcim.cable",
        "dcim.cablebundle",
        "dcim.cabletermination",
        "dcim.consoleport",
        "dcim.consoleserverport",
        "dcim.devicebay",
        "dcim.frontport",
        "dcim.inventoryitem",
        "dcim.inventoryitemrole",
        "dcim.module",
        "dcim.modulebay",
        "dcim.moduletype",
        "dcim.moduletypeprofile",
        "dcim.powerfeed",
        "dcim.poweroutlet",
        "dcim.powerpanel",
        "dcim.powerport",
        "dcim.rackreservation",
        "dcim.rackrole",
        "dcim.racktype",
        "dcim.rearport",
        "ipam.aggregate",
        "ipam.asn",
        "ipam.asnrange",
        "ipam.fhrpgroup",
        "ipam.fhrpgroupassignment",
        "ipam.iprange",
        "ipam.rir",
        "ipam.role",
        "ipam.routetarget",
        "ipam.service",
        "ipam.servicetemplate",
        "tenancy.contact",
        "tenancy.contactassignment",
        "tenancy.contactgroup",
        "tenancy.contactrole",
        "tenancy.tenantgroup",
    }
)

# Whoever refers to a part of one of these names it with its owner: `web01 eth0`.
_OWNERS = frozenset({"device", "virtual-machine"})

ObjectId = tuple[str, int]  # a kind and an id


class FullReadRequiredError(Exception):
    """The changelog does not say all that may have changed; the text says why."""


async def possibly_changed(netbox: NetBox, kinds: Mapping[str, Kind], saved: Inventory, since: int) -> set[ObjectId]:
    """Return the objects that entries after `since` are about, and those of `saved` that may have changed with them.

    NetBox writes to some objects without a trace of their own: to a machine's disk when its disks change, to its site
    with its cluster. So what a changed object refers to, or is referred to by, may have changed, too. TooMuchError
    when an entry is about something else that our fields may depend on, or when there are too many.
    """
    types = {kind.object_type: kind for kind in kinds.values()}
    found: set[ObjectId] = set()
    count = 0
    async for entry in netbox.rows(PATH, {"id__gt": since, "fields": _COLUMNS}):
        count += 1
        if count > MOST_ENTRIES:
            raise FullReadRequiredError(f"more than {MOST_ENTRIES} changes in NetBox since")
        try:
            found |= set(_about(entry, types))
        except (KeyError, TypeError, AttributeError):
            raise NetBoxError(f"NetBox answered GET {PATH} with an entry that can't be understood") from None
    owners = {place for place in found if place[0] in _OWNERS}
    found |= set(_referring(saved, found)) if found else set()
    return found | (set(_referring(saved, set(_referring(saved, owners)))) if owners else set())


def _about(entry: Mapping[str, Any], types: Mapping[str, Kind]) -> Iterator[ObjectId]:
    label = entry["changed_object_type"]
    if label == _TAG and (entry["object_repr"] == LOCK or entry["action"]["value"] == "create"):
        return
    kind = types.get(label)
    if label in _NOT_APART or (kind is None and not _is_harmless(label)):
        raise FullReadRequiredError(f"the {label} {entry['object_repr']!r} changed")
    if kind is None:
        return
    yield kind.name, entry["changed_object_id"]
    for data in (entry["prechange_data"] or {}, entry["postchange_data"] or {}):
        for field in kind.fields:
            if field.type is FieldType.REF and type(data.get(field.name)) is int:
                yield field.to[0], data[field.name]


def _is_harmless(label: str) -> bool:
    return label in _HARMLESS or label.partition(".")[0] in _APART or label.endswith("template")


def _referring(saved: Inventory, places: Iterable[ObjectId]) -> Iterator[ObjectId]:
    """Yield the objects of an inventory that refer to one of these."""
    wanted = set(places)
    for kind, rows in saved.kinds.items():
        for row in rows:
            if not wanted.isdisjoint(_refs(row)):
                yield kind, row.id


def _refs(row: Row) -> Iterator[ObjectId]:
    for value in row.fields.values():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and type(item.get("id")) is int and "kind" in item:
                yield item["kind"], item["id"]
