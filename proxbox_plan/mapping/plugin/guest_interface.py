"""Guest interface: the interfaces and addresses inside a guest's operating system."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import ip_address, virtual_machine, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.mapping.views import GuestView
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestInterface

KIND = plugin_kind(
    "guest-interface",
    "guest-vm-interfaces",
    "guestvminterface",
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
    Field("name", source="name inside the guest"),
    Field("mac_address", source="hardware-address, upper case"),
    Field("vm_interface", FieldType.REF, to=("vm-interface",), source="the NIC with that MAC; the first one has it"),
    natural=(Natural(("virtual_machine", "name"), "virtual_machine_id", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    areas=("guest_interfaces",),
    parent="virtual_machine",
    record=True,
    doc="Interfaces matching `mapping.addresses.skip_interfaces` are not planned.",
)

ADDRESS = plugin_kind(
    "guest-address",
    "guest-vm-interface-addresses",
    "guestvminterfaceaddress",
    Field("guest_interface", FieldType.REF, to=("proxbox-guest-interface",), source="the interface"),
    Field("ip_address", FieldType.REF, to=("ip-address",), source="the documented address"),
    label="display",
    natural=(Natural(("guest_interface", "ip_address"), "guest_interface_id", "guest_interface"),),
    on_missing=OnMissing.DELETE,
    areas=("guest_interfaces", "addresses"),
    parent="ip_address",
    blocks_parent=True,
)


def desired(context: MappingContext) -> None:
    """Desire the interfaces inside every running guest, with their documented addresses."""
    for view in context.clusters:
        for guest in view.guests:
            if guest.unknown is None:
                _of_guest(context, guest)


def _of_guest(context: MappingContext, view: GuestView) -> None:
    noise = ip_address.noise_of(context.policy)
    by_mac = {nic.mac: nic for nic in view.guest.nics if nic.mac}
    linked: set[str] = set()
    for item in view.guest.interfaces:
        if noise(item.name):
            continue
        nic = by_mac.get(item.mac or "")
        link = vm_interface.ref(view, nic) if nic is not None and nic.slot not in linked else None
        if nic is not None:
            linked.add(nic.slot)
        fields: dict[str, object] = {
            "virtual_machine": virtual_machine.ref(view),
            "name": clean(item.name, 128),
            "mac_address": item.mac or "",
            "vm_interface": link,
        }
        name = f"{view.guest.name or view.key} {item.name}"
        own = context.add(
            DesiredObject(KIND.name, view.key.child("os", item.name), name, fields, cluster=view.cluster.name)
        )
        _addresses(context, view, item, own)


def _addresses(context: MappingContext, view: GuestView, item: GuestInterface, own: Ref) -> None:
    for found in view.guest.addresses:
        nic = next((nic for nic in view.guest.nics if nic.mac == found.mac), None)
        if found.interface != item.name or nic is None:
            continue
        address = Address.of(ip_address.KIND.name, view.key.child(nic.slot, "ip", ip_address.host(found.address)))
        if address in context.desired:
            key = view.key.child("os", item.name, ip_address.host(found.address))
            fields = {"guest_interface": own, "ip_address": context.desired[address].ref()}
            context.add(
                DesiredObject(ADDRESS.name, key, f"{own.name} {found.address}", fields, cluster=view.cluster.name)
            )
