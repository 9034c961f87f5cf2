"""MAC address: a separate object before NetBox 4.7, where an interface has no field for it."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import interface, primary_mac, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.kind import Field, FieldType, Kind, OnMissing
from proxbox_plan.model.reference import Ref

KIND = Kind(
    primary_mac.OBJECT,
    "/api/dcim/mac-addresses/",
    "dcim.macaddress",
    (
        Field("mac_address", FieldType.MAC, source="macaddr, hwaddr; of nodes hwaddress"),
        Field("assigned_object", FieldType.GENERIC, to=("vm-interface", "interface"), source="the interface"),
    ),
    label="mac_address",
    natural=(),
    on_missing=OnMissing.DELETE,
    parent="assigned_object",
    implicit=True,
    doc="Only before NetBox 4.7; from then on `mac_address` of the interface is written.",
)


def desired(context: MappingContext) -> None:
    """Desire the MAC address of every interface that has one, where interfaces have no field for it."""
    for view in context.clusters if primary_mac.are_objects(context) else ():
        _of_guests(context, view)
        if context.has(interface.KIND):
            _of_nodes(context, view)


def _of_guests(context: MappingContext, view: ClusterView) -> None:
    for guest in view.guests:
        for nic in guest.guest.nics if guest.unknown is None else ():
            if nic.mac:
                _add(context, view, guest.key.child(nic.slot), nic.mac, vm_interface.ref(guest, nic))


def _of_nodes(context: MappingContext, view: ClusterView) -> None:
    """Desire those that the configuration of a node sets; Proxmox does not show the MAC address of the card itself."""
    for node in view.nodes:
        for item in interface.documented(node) if node.coverage.network.complete else ():
            own = interface.key(view, node.name, item.name)
            if item.mac:
                _add(context, view, own, item.mac, interface.ref(view, node, item.name))
            elif (row := context.row(KIND.name, primary_mac.key(own))) is not None:  # stays, as a field does
                context.add(DesiredObject(KIND.name, primary_mac.key(own), row.name, cluster=view.name))


def _add(context: MappingContext, view: ClusterView, own: Key, mac: str, on: Ref) -> None:
    fields = {"mac_address": mac, "assigned_object": on}
    context.add(DesiredObject(KIND.name, primary_mac.key(own), mac, fields, cluster=view.name))
