"""The fields read from Proxmox's responses about software-defined networking."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.collect.proxmox.api_models.answer import (
    ApiModel,
    Flag,
    MaybeText,
    Name,
    Names,
    Needed,
    Small,
    Unsigned,
    Words,
)


class ControllerRow(ApiModel):
    """A row of the controllers."""

    controller: Name
    type: Name
    asn: Unsigned = None
    peers: Names = ()
    nodes: Names = ()
    node: MaybeText = None
    loopback: Words = ""


class ZoneRow(ApiModel):
    """A row of the zones."""

    zone: Name
    type: Name
    controller: Words = ""
    vrf_vxlan: Small = Field(default=None, validation_alias="vrf-vxlan")
    tag: Small = None
    mtu: Small = None
    bridge: Words = ""
    dns: Words = ""
    ipam: Words = ""
    dhcp: Words = ""
    nodes: Names = ()
    rt_import: Names = Field(default=(), validation_alias="rt-import")


class IpamRow(ApiModel):
    """A row of the IPAMs. Proxmox returns the token of each in clear: it is no field here, so nothing has it."""

    ipam: Name
    type: Name
    url: Words = ""


class VnetRow(ApiModel):
    """A row of the vnets."""

    vnet: Name
    zone: Name
    type: Name = "vnet"
    tag: Small = None
    alias: Words = ""
    vlanaware: Flag = False


class PendingRow(ApiModel):
    """A row of a list that is compared with what runs: a new object has no value but its name and its state."""

    controller: MaybeText = None
    zone: MaybeText = None
    vnet: MaybeText = None
    state: Words = ""


class SubnetRow(ApiModel):
    """A row of a vnet's subnets."""

    subnet: Name
    cidr: Name
    type: Name = "subnet"
    gateway: Words = ""
    snat: Flag = False


class FabricRow(ApiModel):
    """One of the fabrics."""

    id: Name
    protocol: Name
    asn: Unsigned = None


class FabricNodeRow(ApiModel):
    """A node of a fabric."""

    fabric_id: Name
    node_id: Name


class RouteMapRow(ApiModel):
    """One entry of a route map; what it matches and sets are option lines."""

    name: Name = Field(validation_alias="route-map-id")
    order: Needed
    action: Words = ""
    match: tuple[str, ...] = ()
    set: tuple[str, ...] = ()


class PrefixListRow(ApiModel):
    """A row of the prefix lists."""

    id: Name


class PrefixEntryRow(ApiModel):
    """One entry of a prefix list."""

    prefix: Name
    action: Words = ""
    le: Small = None
    ge: Small = None
