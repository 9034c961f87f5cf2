"""SDN in NetBox's own tables: an L2VPN or VLAN for a vnet, a VRF for an EVPN zone, a prefix for a subnet."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping import prefix, vlan
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unread, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import on_l2vpn, on_vrf
from proxbox_plan.model.kind import BY_NAME, Field, FieldType, Kind, Natural, Owner
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import NOT_READ
from proxbox_plan.model.state.sdn import Sdn, SdnSubnet, SdnVnet, SdnZone
from proxbox_plan.model.state.vlans import NOWHERE, of_vnet

ROUTE_TARGET = Kind(
    "route-target",
    "/api/ipam/route-targets/",
    "ipam.routetarget",
    (Field("name"), Field("description")),
    managed=False,
    support=True,
    natural=(Natural(("name",), "name", "name"),),
    areas=("sdn",),
    doc="Route targets that EVPN zones import.",
)
VRF = Kind(
    "vrf",
    "/api/ipam/vrfs/",
    "ipam.vrf",
    (
        Field("name", owner=Owner.NETBOX, source="the cluster and its EVPN zone"),
        Field("import_targets", FieldType.REFS, to=("route-target",), source="rt-import of the zone"),
        Field("description", owner=Owner.NETBOX, source="the zone's VNI"),
        Field("enforce_unique", FieldType.BOOLEAN, read_only=True, source="read to know address conflicts"),
    ),
    creatable=False,
    keyless=True,
    natural=(Natural(("name",), "name", "name"),),
    relations=on_vrf(),
    doc="VRFs of EVPN zones. A VRF that the configuration names is only looked up.",
)
L2VPN = Kind(
    "l2vpn",
    "/api/vpn/l2vpns/",
    "vpn.l2vpn",
    (
        Field("name", owner=Owner.NETBOX, source="the cluster, its zone and the vnet"),
        Field("slug", owner=Owner.CREATE_ONLY, source="from the name"),
        Field("type", FieldType.CHOICE, source="vxlan zone -> vxlan, evpn zone -> vxlan-evpn"),
        Field("identifier", FieldType.INTEGER, source="tag of the vnet"),
        Field(
            "status",
            FieldType.CHOICE,
            since=(4, 3),
            source="new or changed -> planned, deleted -> decommissioning, else active",
        ),
        Field("import_targets", FieldType.REFS, to=("route-target",), source="rt-import of the zone"),
        Field("description", owner=Owner.NETBOX, source="alias of the vnet"),
    ),
    natural=BY_NAME,
    retired="decommissioning",
    relations=on_l2vpn(),
    areas=("sdn",),
)
KINDS = (ROUTE_TARGET, VRF, L2VPN)
_TYPES = {"vxlan": "vxlan", "evpn": "vxlan-evpn"}
_STATUS = {"new": "planned", "changed": "planned", "deleted": "decommissioning"}


def is_asked(context: MappingContext) -> bool:
    """Whether SDN is synced at all."""
    return context.policy.areas.sdn


def target(context: MappingContext, view: ClusterView, vnet: SdnVnet) -> Ref | Unread | None:
    """Reference to the L2VPN or VLAN of a vnet; null in a simple zone."""
    if vnet.zone not in view.zones:
        return known(None, view.cluster.sdn.coverage if view.cluster.sdn else NOT_READ)
    address = Address.of(L2VPN.name, _key(view, vnet))
    if address in context.desired:
        return context.desired[address].ref()
    return _vlan(context, view, vnet)


def subnet_prefix(context: MappingContext, view: ClusterView, vnet: SdnVnet, subnet: SdnSubnet) -> Ref | Unread | None:
    """Desire the prefix of a subnet; its VRF is that of its zone."""
    if vnet.zone not in view.zones:
        return known(None, view.cluster.sdn.coverage if view.cluster.sdn else NOT_READ)
    vrf = _vrf(context, view, view.zones.get(vnet.zone))
    used = f"Proxmox SDN {vnet.zone}/{vnet.name}"
    return prefix.desire(context, view, subnet.cidr, vrf, _vlan(context, view, vnet), used)


def desired(context: MappingContext) -> None:
    """Desire NetBox's own objects for every zone, vnet and subnet that was read."""
    for view in context.clusters:
        sdn = view.cluster.sdn or Sdn()
        for vnet in sdn.vnets:
            zone = view.zones.get(vnet.zone)
            if zone is not None and zone.type in _TYPES and vnet.tag is not None:
                _l2vpn(context, view, sdn, zone, vnet)
            for subnet in vnet.subnets:
                subnet_prefix(context, view, vnet, subnet)


def _key(view: ClusterView, vnet: SdnVnet) -> Key:
    return Key.of(view.name, "sdn", "vnet", vnet.name)


def _vlan(context: MappingContext, view: ClusterView, vnet: SdnVnet) -> Ref | None:
    zone = view.zones.get(vnet.zone)
    segment = of_vnet(zone, vnet) if zone is not None else NOWHERE
    return vlan.desire_inside(context, view, segment.service, segment.vid, None) if segment.vid is not None else None


def _targets(context: MappingContext, zone: SdnZone) -> list[Ref]:
    fields = {"description": "Imported by a Proxmox SDN zone"}
    return [
        context.add(DesiredObject(ROUTE_TARGET.name, Key(name), name, {"name": name, **fields}, managed=False))
        for name in (clean(target, 21) for target in zone.rt_import)
    ]


def _l2vpn(context: MappingContext, view: ClusterView, sdn: Sdn, zone: SdnZone, vnet: SdnVnet) -> None:
    name = clean(f"Proxmox {view.name} {zone.name} {vnet.name}", 100)
    fields: dict[str, object] = {
        "name": name,
        "slug": slug(name),
        "type": _TYPES[zone.type],
        "identifier": vnet.tag,
        "import_targets": _targets(context, zone),
        "description": clean(vnet.alias, 200),
        "status": known(_STATUS.get(sdn.state_of("vnet", vnet.name), "active"), sdn.pending_coverage),
    }
    context.add(DesiredObject(L2VPN.name, _key(view, vnet), name, fields, cluster=view.name))


def _vrf(context: MappingContext, view: ClusterView, zone: SdnZone | None) -> Ref | None:
    if zone is None or zone.type != "evpn":
        return context.support(VRF.name, view.policy.vrf) if view.policy.vrf else None
    name = clean(f"Proxmox {view.name} {zone.name}", 100)
    fields = {
        "name": name,
        "import_targets": _targets(context, zone),
        "description": f"EVPN zone, VNI {zone.vrf_vxlan}" if zone.vrf_vxlan else "EVPN zone",
    }
    return context.add(
        DesiredObject(VRF.name, Key.of(view.name, "sdn", "zone", zone.name, "vrf"), name, fields, cluster=view.name)
    )
