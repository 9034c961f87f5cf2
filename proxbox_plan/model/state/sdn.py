"""The part of the state that software-defined networking is: controllers, zones, vnets, subnets, IPAMs, fabrics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state.coverage import NOT_READ, Coverage

PendingKind = Literal["controller", "vnet", "zone"]


class SdnController(Frozen):
    """An EVPN, BGP or IS-IS controller."""

    name: str
    type: str
    asn: int | None = None
    peers: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    loopback: str = ""


class SdnZone(Frozen):
    """A zone: simple, vlan, qinq, vxlan or evpn."""

    name: str
    type: str
    controller: str = ""
    vrf_vxlan: int | None = None
    tag: int | None = Field(default=None, description="Service VLAN of a QinQ zone.")
    mtu: int | None = None
    bridge: str = ""
    dns: str = ""
    ipam: str = ""
    dhcp: str = Field(default="", description="DHCP server of the zone: its IPAM gives the NICs their addresses.")
    nodes: tuple[str, ...] = Field(default=(), description="Nodes it is on; empty for all.")
    rt_import: tuple[str, ...] = Field(default=(), description="Route targets imported, EVPN.")


class SdnSubnet(Frozen):
    """A subnet of a vnet."""

    id: str = Field(description="zone1-10.50.0.0-24")
    cidr: str = Field(description="Canonical form.")
    type: str = "subnet"
    gateway: str = ""
    snat: bool = False


class SdnVnet(Frozen):
    """A virtual network: guests use its name as a bridge."""

    name: str
    zone: str
    type: str = "vnet"
    tag: int | None = Field(default=None, description="VLAN id, or VNI in a vxlan or evpn zone.")
    alias: str = ""
    vlanaware: bool = False
    subnets: tuple[SdnSubnet, ...] = Field(default=(), description="Sorted by id.")


class SdnIpam(Frozen):
    """Where a zone keeps its addresses: in Proxmox itself, in phpIPAM, or in a NetBox. Its token is never read."""

    name: str
    type: str = Field(description="pve, phpipam or netbox.")
    url: str = Field(default="", description="Address of its API, without credentials.")


class SdnFabric(Frozen):
    """A routing fabric between the nodes."""

    name: str
    protocol: str = Field(description="openfabric, ospf, ...")
    asn: int | None = None
    nodes: tuple[str, ...] = ()


class SdnRouteMap(Frozen):
    """One entry of a route map."""

    name: str
    order: int
    action: str = ""
    match_peer: str = ""
    match_ip: str = ""
    set_community: str = ""


class SdnPrefixList(Frozen):
    """One entry of a prefix list."""

    name: str
    cidr: str
    action: str = ""
    le: int | None = None
    ge: int | None = None


class SdnPending(Frozen):
    """A controller, zone or vnet whose configuration is not what the nodes run with."""

    kind: PendingKind
    name: str
    state: str = Field(description="new, changed or deleted.")


class Sdn(Frozen):
    """Software-defined networking of a cluster. Every list is sorted by name."""

    controllers: tuple[SdnController, ...] = ()
    zones: tuple[SdnZone, ...] = ()
    vnets: tuple[SdnVnet, ...] = ()
    fabrics: tuple[SdnFabric, ...] = ()
    route_maps: tuple[SdnRouteMap, ...] = ()
    prefix_lists: tuple[SdnPrefixList, ...] = ()
    coverage: Coverage = NOT_READ
    ipams: tuple[SdnIpam, ...] = Field(default=(), description="Read where a zone names another one than `pve`.")
    ipams_coverage: Coverage = Field(default=NOT_READ, description="Whether those were read.")
    pending: tuple[SdnPending, ...] = Field(default=(), description="What is not applied, sorted by kind and name.")
    pending_coverage: Coverage = Field(default=NOT_READ, description="Whether that was read.")

    def state_of(self, kind: PendingKind, name: str) -> str:
        """Return new, changed or deleted for what is not applied; empty for what the nodes run with."""
        return next((item.state for item in self.pending if (item.kind, item.name) == (kind, name)), "")
