"""The plugin's SDN: controllers, zones, vnets, subnets and the rest."""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.fields import choice
from proxbox_plan.demo.netbox.schema.plugin_fields import (
    PLUGIN,
    bare,
    json,
    long,
    model,
    needed,
    number,
    once,
    perhaps,
    status,
    words,
)

FABRIC_TYPES = {"wireguard": "WireGuard", "bgp": "BGP", "vxlan": "VXLAN", "ospf": "OSPF"}

SDN_CONTROLLER = model(
    "sdn-controllers",
    "ProxmoxSdnController",
    "SDN Controller",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("controller_name"),
    words("controller_type", 32, filterable=True),
    number("asn"),
    json("peers", []),
    json("nodes", []),
    words("loopback"),
    words("state", 32),
    status(),
    ordering=("endpoint", "cluster_name", "controller_name"),
    template="{cluster_name} / {controller_name}",
    unique=once(
        "SDN Controller",
        ("endpoint", "cluster_name", "controller_name"),
        "Proxmox endpoint, Cluster name and Controller name",
    ),
)
SDN_ZONE = model(
    "sdn-zones",
    "ProxmoxSdnZone",
    "SDN Zone",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("zone_name"),
    words("zone_type", 32, filterable=True),
    words("controller"),
    number("vrf_vxlan"),
    number("tag"),
    number("mtu"),
    words("dns"),
    words("ipam"),
    json("rt_import", []),
    words("state", 32),
    status(),
    ordering=("endpoint", "cluster_name", "zone_name"),
    template="{cluster_name} / {zone_name}",
    unique=once("SDN Zone", ("endpoint", "cluster_name", "zone_name"), "Proxmox endpoint, Cluster name and Zone name"),
)
SDN_V_NET = model(
    "sdn-vnets",
    "ProxmoxSdnVNet",
    "SDN VNet",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    words("zone_name", filterable=True),
    needed("vnet_name"),
    words("vnet_type", 32, filterable=True),
    number("tag"),
    words("alias"),
    perhaps("vlanaware", null=False, default=False),
    words("state", 32),
    bare("l2vpn", "vpn.l2vpn"),
    status(),
    ordering=("endpoint", "cluster_name", "zone_name", "vnet_name"),
    template="{cluster_name} / {zone_name} / {vnet_name}",
    unique=once("SDN VNet", ("endpoint", "cluster_name", "vnet_name"), "Proxmox endpoint, Cluster name and Vnet name"),
)
SDN_SUBNET = model(
    "sdn-subnets",
    "ProxmoxSdnSubnet",
    "SDN Subnet",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    words("zone_name", filterable=True),
    needed("vnet_name"),
    needed("subnet", 128),
    words("subnet_type", 32),
    words("gateway", 128),
    perhaps("snat", null=False, default=False),
    bare("prefix", "ipam.prefix"),
    status(),
    ordering=("endpoint", "cluster_name", "vnet_name", "subnet"),
    template="{cluster_name} / {vnet_name} / {subnet}",
    unique=once(
        "SDN Subnet",
        ("endpoint", "cluster_name", "vnet_name", "subnet"),
        "Proxmox endpoint, Cluster name, Vnet name and Subnet",
    ),
)
SDN_FABRIC = model(
    "sdn-fabrics",
    "ProxmoxSdnFabric",
    "SDN Fabric",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("fabric_name"),
    choice("fabric_type", FABRIC_TYPES, default=""),
    number("asn"),
    json("peers", []),
    status(),
    ordering=("endpoint", "cluster_name", "fabric_name"),
    template="{cluster_name} / {fabric_name}",
    unique=once(
        "SDN Fabric", ("endpoint", "cluster_name", "fabric_name"), "Proxmox endpoint, Cluster name and Fabric name"
    ),
)
SDN_ROUTE_MAP = model(
    "sdn-route-maps",
    "ProxmoxSdnRouteMap",
    "SDN Route Map",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("name"),
    words("action", 16, filterable=True),
    words("match_peer"),
    words("match_ip"),
    words("set_community"),
    number("order", null=False, default=0),
    status(),
    ordering=("endpoint", "cluster_name", "name", "order"),
    template="{cluster_name} / {name}",
    unique=once(
        "SDN Route Map", ("endpoint", "cluster_name", "name", "order"), "Proxmox endpoint, Cluster name, Name and Order"
    ),
)
SDN_PREFIX_LIST = model(
    "sdn-prefix-lists",
    "ProxmoxSdnPrefixList",
    "SDN Prefix List",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("name"),
    words("cidr", 64),
    words("action", 16, filterable=True),
    number("le"),
    number("ge"),
    status(),
    ordering=("endpoint", "cluster_name", "name"),
    template="{cluster_name} / {name}",
    unique=once(
        "SDN Prefix List", ("endpoint", "cluster_name", "name", "cidr"), "Proxmox endpoint, Cluster name, Name and Cidr"
    ),
)
SDN_BINDING = model(
    "sdn-bindings",
    "ProxmoxSdnBinding",
    "SDN Binding",
    bare("endpoint", f"{PLUGIN}.proxmoxendpoint", on_delete="cascade", filterable=True),
    needed("cluster_name"),
    needed("source_type", 64),
    needed("source_name", 512),
    words("zone_name"),
    words("vnet_name"),
    words("target_type", 64, filterable=True),
    long("target_id", minimum=0),
    words("status", 64, default="active", blank=False, filterable=True),
    ordering=("endpoint", "cluster_name", "source_type", "source_name"),
    template="{cluster_name} / {source_type} / {source_name}",
    unique=once(
        "SDN Binding",
        ("endpoint", "cluster_name", "source_type", "source_name"),
        "Proxmox endpoint, Cluster name, Source type and Source name",
    ),
)
MODELS = (SDN_CONTROLLER, SDN_ZONE, SDN_V_NET, SDN_SUBNET, SDN_FABRIC, SDN_ROUTE_MAP, SDN_PREFIX_LIST, SDN_BINDING)
