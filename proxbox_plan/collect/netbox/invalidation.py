"""Cache invalidation: which objects may differ from a saved inventory, according to NetBox's changelog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.inventory.changelog import LOCK, PATH
from proxbox_plan.model.kind import FieldType, Kind

MOST_ENTRIES = 500  # above this a full read costs no more
_COLUMNS = "id,changed_object_type,changed_object_id,action,prechange_data,postchange_data"
_TAG = "extras.tag"
# No synced field depends on these: whole apps, and further models of the apps that have synced kinds.
_UNRELATED_APPS = frozenset({"account", "circuits", "core", "extras", "users", "wireless"})
_RELATED_MODELS = frozenset({_TAG, "extras.customfield", "extras.customfieldchoiceset"})
_UNRELATED_MODELS = frozenset(
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

# References to a component of one of these include the name of its owner: `web01 eth0`.
_OWNERS = frozenset({"device", "virtual-machine"})

ObjectId = tuple[str, int]  # a kind and an id


class FullReadRequiredError(Exception):
    """The changelog cannot tell everything that may have changed; the text says why."""


async def possibly_changed(netbox: NetBox, kinds: Mapping[str, Kind], saved: Inventory, since: int) -> set[ObjectId]:
    """Return the objects of the entries after `since`, and the objects of `saved` that may have changed with them.

    NetBox updates some objects without a changelog entry of their own: a machine's disk size when its disks change, its
    site when its cluster moves. So every object that a changed object refers to, or is referred to by, may have
    changed, too. Raises FullReadRequiredError when an entry is about another object that a synced field may depend on,
    when one cannot be understood, or when there are too many entries.
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
            raise FullReadRequiredError("NetBox's changelog has an entry that is not understood") from None
    owners = {place for place in found if place[0] in _OWNERS}
    found |= set(_referring(saved, found)) if found else set()
    return found | (set(_referring(saved, set(_referring(saved, owners)))) if owners else set())


def _about(entry: Mapping[str, Any], types: Mapping[str, Kind]) -> Iterator[ObjectId]:
    label, number = entry["changed_object_type"], entry["changed_object_id"]
    logged = [data for data in (entry["prechange_data"], entry["postchange_data"]) if data]
    if label == _TAG and (entry["action"]["value"] == "create" or _is_lock(logged)):
        return
    kind = types.get(label)
    if label in _RELATED_MODELS or (kind is None and not _is_unrelated(label)):
        raise FullReadRequiredError(f"the {label} {_name(logged, number)!r} changed")
    if kind is None:
        return
    yield kind.name, number
    for data in logged:
        for field in kind.fields:
            if field.type is FieldType.REF and type(data.get(field.name)) is int:
                yield field.to[0], data[field.name]


def _is_lock(logged: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a tag was and is the lock of an apply, by what NetBox logs of it."""
    return bool(logged) and all(data["slug"] == LOCK for data in logged)


def _name(logged: Sequence[Mapping[str, Any]], number: int) -> str:
    """Return the newest name of an object, or its id: only NetBox 4.5 and newer show its text."""
    return next((str(data["name"]) for data in reversed(logged) if data.get("name")), str(number))


def _is_unrelated(label: str) -> bool:
    return label in _UNRELATED_MODELS or label.partition(".")[0] in _UNRELATED_APPS or label.endswith("template")


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
