"""VM interface: every `netN` of a guest, of any model."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import primary_mac, virtual_machine, vlan
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.mapping.primary_mac import mac_fields
from proxbox_plan.mapping.relations import on_interface
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestNic

KIND = Kind(
    "vm-interface",
    "/api/virtualization/interfaces/",
    "virtualization.vminterface",
    (
        Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
        Field("name", kept=True, source="netN; containers: name="),
        Field("enabled", FieldType.BOOLEAN, source="not link_down"),
        Field("mtu", FieldType.INTEGER, source="mtu; none when inherited from the bridge"),
        Field("mode", FieldType.CHOICE, source="access with a tag, tagged with trunks"),
        Field("untagged_vlan", FieldType.REF, optional=True, to=("vlan",), source="tag="),
        Field("tagged_vlans", FieldType.REFS, optional=True, to=("vlan",), source="trunks="),
        *mac_fields("macaddr, hwaddr"),
        Field("description", owner=Owner.NETBOX, source="model and bridge"),
    ),
    natural=(Natural(("virtual_machine", "name"), "virtual_machine_id", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    parent="virtual_machine",
    relations=on_interface("virtualization.vminterface"),
    disturbs=(Disturbs("virtual-machine", ("POST", "DELETE"), counts=True),),
)


def ref(view: GuestView, nic: GuestNic) -> Ref:
    """Reference to an interface of a guest."""
    name = f"{view.title} {nic.name}"
    return Ref.to(KIND.name, view.key.child(nic.slot), name)


def desired(context: MappingContext) -> None:
    """Desire the interfaces of every guest whose configuration was read."""
    for view in context.clusters:
        for guest in view.guests:
            if guest.unknown is None:
                for nic in guest.guest.nics:
                    context.add(_interface(context, guest, nic))


def _interface(context: MappingContext, view: GuestView, nic: GuestNic) -> DesiredObject:
    own = ref(view, nic)
    fields: dict[str, object] = {
        "virtual_machine": virtual_machine.ref(view),
        "name": clean(nic.name, 64),
        "enabled": not nic.link_down,
        "mtu": nic.mtu,
        **_vlans(context, view, nic, own),
        "description": clean(", ".join(part for part in (nic.model or "", nic.bridge or "") if part), 200),
    }
    key = view.key.child(nic.slot)
    fields |= primary_mac.values(context, key, nic.mac)
    return DesiredObject(KIND.name, key, own.name, fields, cluster=view.cluster.name)


def _vlans(context: MappingContext, view: GuestView, nic: GuestNic, own: Ref) -> dict[str, object]:
    """Return the VLANs of a NIC; none while their group is unknown, and then a new NIC is not created."""
    if "vlan_group" in view.targets.unsure:
        context.held.add(Address.of(KIND.name, view.key.child(nic.slot)))
        return {}
    group = view.targets.text("vlan_group")
    mode, tagged = vlan.trunk(context, view.cluster, own, nic.tag, nic.trunks, group)
    untagged = vlan.desire(context, view.cluster, nic.tag, group) if nic.tag else None
    return {"mode": mode, "untagged_vlan": untagged, "tagged_vlans": tagged}
