"""Guest interface: the interfaces and addresses inside a guest's operating system."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import ip_address, virtual_machine, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.inside import host, noise_of
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Field, FieldType, Natural, OnDelete, OnMissing
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import COMPLETE, Coverage, GuestInterface, Incomplete

_NO_MAC = Coverage(
    complete=False, reason=Incomplete.VALUE_MISSING, detail="The guest shows the interface without its MAC address"
)

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
    Field(
        "guest_interface",
        FieldType.REF,
        to=("proxbox-guest-interface",),
        on_delete=OnDelete.CASCADE,
        source="the interface",
    ),
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
    known_rows: dict[Key, dict[str, Row]] = {}
    for key, row in context.rows_by_key.get(KIND.name, {}).items():
        known_rows.setdefault(key.machine, {})[key.last] = row
    for view in context.clusters:
        for guest in view.guests:
            if guest.unknown is None:
                _of_guest(context, guest, known_rows.get(guest.key, {}))


def _of_guest(context: MappingContext, view: GuestView, rows: Mapping[str, Row]) -> None:
    noise = noise_of(view.cluster.addresses)
    linked = _still_linked(view, rows)
    for item in view.guest.interfaces:
        if noise(item.name):
            continue
        nic = view.inside.nic_of(item.name, item.mac)
        link = vm_interface.ref(view, nic) if nic is not None and nic.slot not in linked else None
        if nic is not None:
            linked.add(nic.slot)
        had = rows[item.name].fields.get("mac_address") if item.name in rows else None
        # Tunnels have no MAC; one that NetBox knows is not shown just now.
        coverage = _NO_MAC if had and not item.mac else COMPLETE
        fields: dict[str, object] = {
            "virtual_machine": virtual_machine.ref(view),
            "name": clean(item.name, 128),
            "mac_address": known(item.mac or "", coverage),
            "vm_interface": known(link, coverage),
        }
        name = f"{view.guest.name or view.key} {item.name}"
        own = context.add(
            DesiredObject(KIND.name, view.key.child("os", item.name), name, fields, cluster=view.cluster.name)
        )
        _addresses(context, view, item, own)


def _still_linked(view: GuestView, rows: Mapping[str, Row]) -> set[str]:
    """Return the NICs of interfaces that NetBox has and that are not shown, but not proven gone either."""
    shown = {item.name: item.mac for item in view.guest.interfaces}
    linked = set()
    for name, row in rows.items():
        mac = row.fields.get("mac_address")
        nic = view.inside.nic_of(name, str(mac or ""))
        if nic is None or shown.get(name) or not row.fields.get("vm_interface"):
            continue
        if name in shown or not view.inside.of_interface(name, nic.mac).complete:
            linked.add(nic.slot)
    return linked


def _addresses(context: MappingContext, view: GuestView, item: GuestInterface, own: Ref) -> None:
    for nic, found in view.inside.documented:
        if found.interface != item.name:
            continue
        address = Address.of(ip_address.KIND.name, view.key.child(nic.slot, "ip", host(found.address)))
        if address in context.desired:
            key = view.key.child("os", item.name, host(found.address))
            fields = {"guest_interface": own, "ip_address": context.desired[address].ref()}
            context.add(
                DesiredObject(ADDRESS.name, key, f"{own.name} {found.address}", fields, cluster=view.cluster.name)
            )
