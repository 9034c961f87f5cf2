"""VM interface: every `netN` of a guest, of any model."""

from __future__ import annotations

from functools import partial

from proxbox_plan.core.address import Address
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import primary_mac, virtual_machine, vlan
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unknown, Unread
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.mapping.primary_mac import mac_fields
from proxbox_plan.mapping.relations import on_interface
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Coverage, GuestNic
from proxbox_plan.model.state.vlans import NOWHERE, Segment, vlan_of

KIND = Kind(
    "vm-interface",
    "/api/virtualization/interfaces/",
    "virtualization.vminterface",
    (
        Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
        Field("name", kept=True, source="netN; containers: name="),
        Field("enabled", FieldType.BOOLEAN, source="not link_down"),
        Field("mtu", FieldType.INTEGER, source="mtu; none when inherited from the bridge"),
        Field("mode", FieldType.CHOICE, source="access in a VLAN, tagged with trunks"),
        Field(
            "untagged_vlan",
            FieldType.REF,
            optional=True,
            to=("vlan",),
            source="tag=, else the tag of its vnet (`scope.sdn`) or the VLAN port of its bridge; with both, Q-in-Q",
        ),
        Field("tagged_vlans", FieldType.REFS, optional=True, to=("vlan",), said_by="mode", source="trunks="),
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
        context.hold(Address.of(KIND.name, view.key.child(nic.slot)))
        return {}
    segment = view.cluster.wiring.segment(view.guest.node, nic.bridge)
    found = vlan_of(segment if isinstance(segment, Segment) else NOWHERE, nic)
    # NetBox has no third level: inside of a vnet with Q-in-Q nothing more is told.
    mode, vids = vlan.trunk(context, own, found.vid, () if found.is_full else nic.trunks)
    unread = _unread(context, view, nic, segment) if not isinstance(segment, Segment) else {}
    desire = partial(vlan.desire_inside, context, view.cluster, named=view.targets.text("vlan_group"))
    fields: dict[str, object] = {"mode": mode, **unread}
    if "untagged_vlan" not in unread:
        fields["untagged_vlan"] = desire(found.service, found.vid) if found.vid is not None else None
    if "tagged_vlans" not in unread:
        fields["tagged_vlans"] = [desire(found.trunk_service, vid) for vid in vids]
    return fields


def _unread(context: MappingContext, view: GuestView, nic: GuestNic, source: Coverage) -> dict[str, Unread]:
    """Return the VLANs of a NIC that are not known while it is not known what its bridge or vnet makes of its frames.

    A tag and trunks are known all the same, but not whether they are inside of another VLAN: if NetBox says so, they
    are. What NetBox has of a NIC without a tag may be its VLAN.
    """
    row = context.row(KIND.name, view.key.child(nic.slot))
    fields: set[str] = set()
    if nic.tag is None and (row is None or row.fields.get("mode") or row.fields.get("untagged_vlan")):
        fields |= {"untagged_vlan"} if nic.trunks else {"untagged_vlan", "mode"}
    if row is not None and _is_inside(context, row):
        fields |= {"untagged_vlan", "tagged_vlans"}
    return dict.fromkeys(fields, Unread(Unknown.because(source)))


def _is_inside(context: MappingContext, row: Row) -> bool:
    """Whether NetBox has an interface in a VLAN that is inside of another one (Q-in-Q)."""
    rows = context.inventory.kinds.get(vlan.KIND.name, ())
    inside = context.once((KIND.name, "inside"), lambda: {item.id for item in rows if item.fields.get("qinq_svlan")})
    untagged, tagged = row.fields.get("untagged_vlan"), row.fields.get("tagged_vlans")
    return any(found["id"] in inside for found in (*([untagged] if untagged else []), *(tagged or ())))
