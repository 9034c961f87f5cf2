"""SDN: controllers, zones, vnets, subnets and the other SDN tables of the plugin."""

from __future__ import annotations

from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import sdn as core
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unread, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import endpoint, plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnDelete, OnMissing
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state.sdn import PendingKind, Sdn, SdnFabric

_ENDPOINT = Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint")
_CLUSTER_NAME = Field("cluster_name", source="the cluster's name in Proxmox")
_STATUS = Field("status", FieldType.CHOICE, source="active")
_STATE = Field("state", source="state with `pending=1`: new, changed or deleted, while not applied")
_ZONE_NAME = Field("zone_name", source="zone")


def _sdn(name: str, path: str, model: str, label: str, *fields: Field, more: tuple[str, ...] = ()) -> Kind:
    return plugin_kind(
        f"sdn-{name}",
        f"sdn-{path}",
        model,
        _ENDPOINT,
        _CLUSTER_NAME,
        *fields,
        _STATUS,
        label=label,
        natural=(Natural(("endpoint", "cluster_name", label, *more), "endpoint", "endpoint"),),
        parent="endpoint",
        on_missing=OnMissing.DECOMMISSION,
        retired="stale",
        areas=("sdn",),
        record=True,
    )


CONTROLLER = _sdn(
    "controller",
    "controllers",
    "proxmoxsdncontroller",
    "controller_name",
    Field("controller_name", source="controller"),
    Field("controller_type", source="type"),
    Field("asn", FieldType.INTEGER, source="asn"),
    Field("peers", FieldType.JSON, source="peers"),
    Field("nodes", FieldType.JSON, source="nodes"),
    Field("loopback", source="loopback"),
    _STATE,
)
ZONE = _sdn(
    "zone",
    "zones",
    "proxmoxsdnzone",
    "zone_name",
    _ZONE_NAME,
    Field("zone_type", source="type"),
    Field("controller", source="controller"),
    Field("vrf_vxlan", FieldType.INTEGER, source="vrf-vxlan"),
    Field("tag", FieldType.INTEGER, source="tag"),
    Field("mtu", FieldType.INTEGER, source="mtu"),
    Field("dns", source="dns"),
    Field("ipam", source="ipam"),
    Field("rt_import", FieldType.JSON, source="rt-import"),
    _STATE,
)
VNET = _sdn(
    "vnet",
    "vnets",
    "proxmoxsdnvnet",
    "vnet_name",
    _ZONE_NAME,
    Field("vnet_name", source="vnet"),
    Field("vnet_type", source="type"),
    Field("tag", FieldType.INTEGER, source="tag"),
    Field("alias", source="alias"),
    Field("vlanaware", FieldType.BOOLEAN, source="vlanaware"),
    Field("l2vpn", FieldType.REF, to=("l2vpn",), filter="", source="its L2VPN, in a vxlan or evpn zone"),
    _STATE,
)
SUBNET = _sdn(
    "subnet",
    "subnets",
    "proxmoxsdnsubnet",
    "subnet",
    _ZONE_NAME,
    Field("vnet_name", source="vnet"),
    Field("subnet", source="id"),
    Field("subnet_type", source="type"),
    Field("gateway", source="gateway"),
    Field("snat", FieldType.BOOLEAN, source="snat"),
    Field("prefix", FieldType.REF, to=("prefix",), filter="", source="its prefix"),
    more=("vnet_name",),
)
FABRIC = _sdn(
    "fabric",
    "fabrics",
    "proxmoxsdnfabric",
    "fabric_name",
    Field("fabric_name", source="id"),
    Field(
        "fabric_type",
        FieldType.CHOICE,
        source="protocol; a fabric with a protocol the plugin does not know is not planned, and reported",
    ),
    Field("asn", FieldType.INTEGER, source="asn"),
    Field("peers", FieldType.JSON, source="nodes"),
)
ROUTE_MAP = _sdn(
    "route-map",
    "route-maps",
    "proxmoxsdnroutemap",
    "name",
    Field("name", source="id"),
    Field("order", FieldType.INTEGER, source="order"),
    Field("action", source="action"),
    Field("match_peer", source="match peer"),
    Field("match_ip", source="match ip"),
    Field("set_community", source="set community"),
    more=("order",),
)
PREFIX_LIST = _sdn(
    "prefix-list",
    "prefix-lists",
    "proxmoxsdnprefixlist",
    "name",
    Field("name", source="id"),
    Field("cidr", source="prefix"),
    Field("action", source="action"),
    Field("le", FieldType.INTEGER, source="le"),
    Field("ge", FieldType.INTEGER, source="ge"),
    more=("cidr",),
)
BINDING = _sdn(
    "binding",
    "bindings",
    "proxmoxsdnbinding",
    "source_name",
    Field("source_type", source="`vnet`"),
    Field("source_name", source="zone and vnet"),
    _ZONE_NAME,
    Field("vnet_name", source="vnet"),
    Field(
        "target",
        FieldType.GENERIC,
        to=("l2vpn", "vlan"),
        on_delete=OnDelete.DO_NOTHING,
        filter="",
        source="the L2VPN or VLAN the vnet is in NetBox",
    ),
    more=("source_type",),
)

KINDS = (CONTROLLER, ZONE, VNET, SUBNET, FABRIC, ROUTE_MAP, PREFIX_LIST, BINDING)
_FABRICS = frozenset({"wireguard", "bgp", "vxlan", "ospf"})  # the plugin does not know openfabric, for example


def desired(context: MappingContext) -> None:
    """Desire the SDN of every cluster whose SDN was read."""
    for view in context.clusters:
        if view.cluster.sdn is not None:
            _routing(context, view, view.cluster.sdn)
            _networks(context, view, view.cluster.sdn)


def _add(context: MappingContext, view: ClusterView, kind: Kind, key: str, shown: str, /, **fields: Any) -> None:
    everywhere = {"endpoint": endpoint.ref(view), "cluster_name": endpoint.said_name(view), "status": "active"}
    context.add(DesiredObject(kind.name, Key.of(view.name, "sdn", key), shown, everywhere | fields, cluster=view.name))


def _state(sdn: Sdn, kind: PendingKind, name: str) -> str | Unread:
    """Return what is not applied of an object, where the lists that say so were read."""
    return known(clean(sdn.state_of(kind, name), 32), sdn.pending_coverage)


def _routing(context: MappingContext, view: ClusterView, sdn: Sdn) -> None:
    for found in sdn.controllers:
        _add(
            context,
            view,
            CONTROLLER,
            f"controller/{found.name}",
            found.name,
            controller_name=clean(found.name, 255),
            controller_type=clean(found.type, 32),
            asn=found.asn,
            peers=list(found.peers),
            nodes=list(found.nodes),
            loopback=clean(found.loopback, 255),
            state=_state(sdn, "controller", found.name),
        )
    for fabric in sdn.fabrics:
        if fabric.protocol not in _FABRICS:
            _no_place(context, view, fabric)
            continue
        _add(
            context,
            view,
            FABRIC,
            f"fabric/{fabric.name}",
            fabric.name,
            fabric_name=clean(fabric.name, 255),
            fabric_type=fabric.protocol,
            asn=fabric.asn,
            peers=known(list(fabric.nodes), sdn.coverage),
        )
    for entry in sdn.route_maps:
        _add(
            context,
            view,
            ROUTE_MAP,
            f"route-map/{entry.name}/{entry.order}",
            f"{entry.name} {entry.order}",
            name=clean(entry.name, 255),
            order=entry.order,
            action=clean(entry.action, 16),
            match_peer=clean(entry.match_peer, 255),
            match_ip=clean(entry.match_ip, 255),
            set_community=clean(entry.set_community, 255),
        )
    for item in sdn.prefix_lists:
        _add(
            context,
            view,
            PREFIX_LIST,
            f"prefix-list/{item.name}/{item.cidr}",
            f"{item.name} {item.cidr}",
            name=clean(item.name, 255),
            cidr=clean(item.cidr, 64),
            action=clean(item.action, 16),
            le=item.le,
            ge=item.ge,
        )


def _no_place(context: MappingContext, view: ClusterView, fabric: SdnFabric) -> None:
    context.problem(
        ProblemCode.NO_PLACE,
        Address.of(FABRIC.name, Key.of(view.name, "sdn", "fabric", fabric.name)),
        f"The fabric {fabric.name!r} is not planned: netbox-proxbox does not know its protocol {fabric.protocol!r}",
        "Upgrade netbox-proxbox once a version supports it.",
    )


def _networks(context: MappingContext, view: ClusterView, sdn: Sdn) -> None:
    for zone in sdn.zones:
        _add(
            context,
            view,
            ZONE,
            f"zone/{zone.name}",
            zone.name,
            zone_name=clean(zone.name, 255),
            zone_type=clean(zone.type, 32),
            controller=clean(zone.controller, 255),
            vrf_vxlan=zone.vrf_vxlan,
            tag=zone.tag,
            mtu=zone.mtu,
            dns=clean(zone.dns, 255),
            ipam=clean(zone.ipam, 255),
            rt_import=list(zone.rt_import),
            state=_state(sdn, "zone", zone.name),
        )
    for vnet in sdn.vnets:
        names = {"zone_name": clean(vnet.zone, 255), "vnet_name": clean(vnet.name, 255)}
        target = core.target(context, view, vnet)
        l2vpn = None if isinstance(target, Ref) and target.kind != core.L2VPN.name else target
        _add(
            context,
            view,
            VNET,
            f"vnet/{vnet.name}",
            vnet.name,
            **names,
            vnet_type=clean(vnet.type, 32),
            tag=vnet.tag,
            alias=clean(vnet.alias, 255),
            vlanaware=vnet.vlanaware,
            l2vpn=l2vpn,
            state=_state(sdn, "vnet", vnet.name),
        )
        if isinstance(target, Ref):
            _add(
                context,
                view,
                BINDING,
                f"binding/{vnet.name}",
                vnet.name,
                **names,
                source_type="vnet",
                source_name=clean(f"{vnet.zone}/{vnet.name}", 512),
                target=target,
            )
        for subnet in vnet.subnets:
            _add(
                context,
                view,
                SUBNET,
                f"subnet/{vnet.name}/{subnet.id}",
                subnet.id,
                **names,
                subnet=clean(subnet.id, 128),
                subnet_type=clean(subnet.type, 32),
                gateway=clean(subnet.gateway, 128),
                snat=subnet.snat,
                prefix=core.subnet_prefix(context, view, vnet, subnet),
            )
