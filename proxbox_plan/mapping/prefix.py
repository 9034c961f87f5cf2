"""Prefix: subnets of SDN, and optionally the networks of the nodes."""

from __future__ import annotations

import ipaddress

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import interface, vlan
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import CONTACTS
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, Owner
from proxbox_plan.model.reference import Ref

KIND = Kind(
    "prefix",
    "/api/ipam/prefixes/",
    "ipam.prefix",
    (
        Field("prefix", source="cidr of an SDN subnet; with `mapping.node_prefixes` the networks of node interfaces"),
        Field(
            "vrf", FieldType.REF, to=("vrf",), owner=Owner.NETBOX, source="of its EVPN zone, else the cluster's `vrf`"
        ),
        Field(
            "vlan",
            FieldType.REF,
            to=("vlan",),
            owner=Owner.NETBOX,
            source="of its vnet in a vlan or qinq zone, or of its node interface",
        ),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
        Field("description", owner=Owner.NETBOX, source="where it is used"),
    ),
    label="prefix",
    natural=(Natural(("prefix", "vrf"), "prefix", "prefix"),),
    relations=(CONTACTS,),
)


def desire(  # noqa: PLR0913 # one row of the mapping table: each argument is a column
    context: MappingContext, view: ClusterView, network: str, vrf: Ref | None, tag: Ref | None, used: str
) -> Ref | None:
    """Desire a prefix; null for a text that is not a network. A network with two uses is one prefix."""
    try:
        prefix = str(ipaddress.ip_network(network, strict=False))
    except ValueError:
        return None
    fields: dict[str, object] = {
        "prefix": prefix,
        "vrf": vrf,
        "vlan": tag,
        "status": "active",
        "description": clean(used, 200),
    }
    key = Key.of(view.name, "prefix", prefix + (f"@{vrf.name}" if vrf else ""))
    return context.add(DesiredObject(KIND.name, key, prefix, fields, cluster=view.name))


def is_asked(context: MappingContext) -> bool:
    """Whether the configuration uses prefixes."""
    return context.policy.node_prefixes or context.policy.areas.sdn


def desired(context: MappingContext) -> None:
    """Desire the networks of the nodes' interfaces, if configured; one on many nodes is one prefix."""
    for view in context.clusters if context.policy.node_prefixes and context.has(interface.KIND) else ():
        vrf = context.support("vrf", view.policy.vrf) if view.policy.vrf else None
        for node in view.nodes:
            for item in interface.documented(node) if node.coverage.network.complete else ():
                tag = vlan.desire(context, view, item.vlan_id) if item.vlan_id else None
                for address in item.addresses:
                    network = ipaddress.ip_interface(address).network
                    if network.num_addresses > 1 and not network.is_link_local and not network.is_loopback:
                        desire(context, view, str(network), vrf, tag, f"Proxmox {view.name}")
