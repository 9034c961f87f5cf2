"""MAC address: a separate object before NetBox 4.7, where an interface has no field for it."""

from __future__ import annotations

from proxbox_plan.mapping import vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.kind import Field, FieldType, Kind, OnMissing

KIND = Kind(
    "mac-address",
    "/api/dcim/mac-addresses/",
    "dcim.macaddress",
    (
        Field("mac_address", FieldType.MAC, source="macaddr, hwaddr"),
        Field("assigned_object", FieldType.GENERIC, to=("vm-interface", "interface"), source="the NIC"),
    ),
    label="mac_address",
    natural=(),
    on_missing=OnMissing.DELETE,
    parent="assigned_object",
    implicit=True,
    doc="Only before NetBox 4.7; from then on `mac_address` of the interface is written.",
)


def is_asked(context: MappingContext) -> bool:
    """Whether interfaces of this NetBox have no field for a MAC address."""
    return context.version < (4, 7)


def desired(context: MappingContext) -> None:
    """Desire one MAC address per NIC, where interfaces have no field for it."""
    for view in context.clusters if is_asked(context) else ():
        for guest in view.guests:
            for nic in guest.guest.nics if guest.unknown is None else ():
                if nic.mac:
                    fields = {"mac_address": nic.mac, "assigned_object": vm_interface.ref(guest, nic)}
                    key = guest.key.child(nic.slot, "mac")
                    context.add(DesiredObject(KIND.name, key, nic.mac, fields, cluster=view.name))
