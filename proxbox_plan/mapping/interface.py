"""Node interface: bridges, bonds, physical and VLAN interfaces of a Proxmox node."""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import device, primary_mac, vlan
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.primary_mac import mac_fields
from proxbox_plan.mapping.relations import INTERFACES, emptied, on_interface
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnDelete, OnMissing, Owner
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.relation import Effect, Relation, generic
from proxbox_plan.model.state import Node, NodeInterface

KIND = Kind(
    "interface",
    "/api/dcim/interfaces/",
    "dcim.interface",
    (
        Field("device", FieldType.REF, to=("device",), source="the node"),
        Field("name", kept=True, source="iface"),
        Field("type", FieldType.CHOICE, source="bridge, bond -> lag, vlan -> virtual, OVS likewise, else other"),
        Field("enabled", FieldType.BOOLEAN, source="active"),
        Field("mtu", FieldType.INTEGER, source="mtu"),
        Field("parent", FieldType.REF, to=("interface",), on_delete=OnDelete.PROTECT, source="vlan-raw-device"),
        Field("bridge", FieldType.REF, to=("interface",), source="bridge_ports, ovs_bridge"),
        Field("lag", FieldType.REF, to=("interface",), source="slaves of a bond"),
        Field(
            "mode",
            FieldType.CHOICE,
            source="access on VLAN interfaces; tagged, or tagged-all, on VLAN-aware bridges and OVS trunks",
        ),
        Field("untagged_vlan", FieldType.REF, optional=True, to=("vlan",), source="vlan-id, OVS tag"),
        Field(
            "tagged_vlans",
            FieldType.REFS,
            optional=True,
            to=("vlan",),
            said_by="mode",
            source="bridge_vids, OVS trunks",
        ),
        *mac_fields("hwaddress where known"),
        Field("description", owner=Owner.NETBOX, source="comments"),
        Field("_occupied", FieldType.BOOLEAN, read_only=True, source="read as it decides the type"),
    ),
    natural=(Natural(("device", "name"), "device_id", "device"),),
    on_missing=OnMissing.DELETE,
    parent="device",
    relations=(
        *on_interface("dcim.interface"),
        emptied("dcim.interface", INTERFACES["dcim.interface"], "lag_id", "lag"),
        Relation("dcim.cable", effect=Effect.EMPTIED, shown="cable"),
        Relation(
            "circuits.virtualcircuittermination",
            "/api/circuits/virtual-circuit-terminations/",
            "interface_id",
            ("interface",),
        ),
        generic("dcim.inventoryitem", "/api/dcim/inventory-items/", "component"),
    ),
    areas=("node_interfaces",),
    disturbs=(Disturbs("device", ("POST", "DELETE"), counts=True),),
)

_TYPES = {
    "bridge": "bridge",
    "OVSBridge": "bridge",
    "bond": "lag",
    "OVSBond": "lag",
    "vlan": "virtual",
    "OVSIntPort": "virtual",
}
_PORT = "other"  # Proxmox does not tell what a physical port is
LOGICAL_TYPES = frozenset(_TYPES.values())
"""Types of interfaces in NetBox that are no physical port."""
_SKIPPED = frozenset({"alias", "loopback"})


def key(view: ClusterView, node: str, name: str) -> Key:
    """Key of a node interface, and prefix of its addresses' keys."""
    return device.key(view, node).child("net", name)


def documented(node: Node) -> tuple[NodeInterface, ...]:
    """Documented interfaces of a node: no loopback, and no aliases, whose addresses are their interface's."""
    found = tuple(item for item in node.interfaces if item.type not in _SKIPPED and item.name != "lo")
    aliases = [item for item in node.interfaces if item.type == "alias"]
    return tuple(_with(item, aliases) for item in found) if aliases else found


def _with(item: NodeInterface, aliases: Iterable[NodeInterface]) -> NodeInterface:
    """Return an interface with the addresses of its aliases: `vmbr0:1` is a label on `vmbr0`."""
    own = [alias for alias in aliases if alias.name.partition(":")[0] == item.name]
    more = (address for alias in own for address in alias.addresses)
    gateways = (gateway for alias in own for gateway in alias.gateways)
    return item.replace(
        addresses=tuple(dict.fromkeys((*item.addresses, *more))),
        gateways=tuple(dict.fromkeys((*item.gateways, *gateways))),
    )


def desired(context: MappingContext) -> None:
    """Desire the interfaces of every node whose network was read."""
    for view in context.clusters:
        for node in view.nodes:
            if node.coverage.network.complete:
                for item in documented(node):
                    context.add(_interface(context, view, node, item))


def ref(view: ClusterView, node: Node, name: str) -> Ref:
    """Reference to an interface of a node."""
    return Ref.to(KIND.name, key(view, node.name, name), name)


def _interface(context: MappingContext, view: ClusterView, node: Node, item: NodeInterface) -> DesiredObject:
    names = {other.name for other in documented(node)} - {item.name}
    bridge = next((other.name for other in documented(node) if item.name in other.ports), item.ovs_bridge)
    lag = next((other.name for other in documented(node) if item.name in other.slaves), None)
    kind = _TYPES.get(item.type, _PORT)
    parent = item.vlan_raw_device if kind == "virtual" else None

    def link(name: str | None) -> Ref | None:
        return ref(view, node, name) if name in names and name is not None else None

    own = ref(view, node, item.name)._replace(name=f"{device.title(view, node.name)} {item.name}")
    mode, tagged = vlan.trunk(context, own, item.vlan_id, item.trunks)
    if mode is None and item.vlan_aware:
        mode = "tagged-all"
    fields: dict[str, object] = {
        "device": device.ref(view, node.name),
        "name": clean(item.name, 64),
        "type": kind,
        "enabled": item.active,
        "mtu": item.mtu,
        "parent": link(parent),
        "bridge": link(bridge),
        "lag": link(lag) if kind != "virtual" else None,
        "mode": mode,
        "tagged_vlans": [vlan.desire(context, view, vid) for vid in tagged],
        "untagged_vlan": vlan.desire(context, view, item.vlan_id) if item.vlan_id else None,
        "description": clean(item.comments, 200),
    }
    name = key(view, node.name, item.name)
    fields |= primary_mac.values(context, name, item.mac) if item.mac else {}
    vague = frozenset({"type"} if kind == _PORT else ())
    return DesiredObject(KIND.name, name, own.name, fields, cluster=view.name, vague=vague)
