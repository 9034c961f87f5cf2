"""Prefix: subnets of SDN, and optionally the networks of the nodes."""

from __future__ import annotations

import ipaddress

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import assigned_address, interface, vlan
from proxbox_plan.mapping.assigned_address import AssignedAddress
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.ipam import ManagedSubnet
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import CONTACTS
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnDelete, Owner
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.reference import Ref

KIND = Kind(
    "prefix",
    "/api/ipam/prefixes/",
    "ipam.prefix",
    (
        Field("prefix", source="cidr of an SDN subnet; with `mapping.node_prefixes` the networks of node interfaces"),
        Field(
            "vrf",
            FieldType.REF,
            to=("vrf",),
            on_delete=OnDelete.PROTECT,
            owner=Owner.NETBOX,
            source="of its EVPN zone, `address_rules` for the node's address, else the cluster's `vrf`",
        ),
        Field(
            "vlan",
            FieldType.REF,
            to=("vlan",),
            on_delete=OnDelete.PROTECT,
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
    managed = context.estate.managed.is_managed(view.name, prefix)
    if managed:  # its own prefix is in the global table
        fields = {"prefix": prefix, "vrf": None, "vlan": tag}
    key = Key.of(view.name, "prefix", prefix + (f"@{vrf.name}" if vrf and not managed else ""))
    if (subnet := context.estate.managed.within(prefix)) is not None:
        address = Address.of(KIND.name, key)
        context.hold(address, _left_to(subnet, address, prefix))
    return context.add(DesiredObject(KIND.name, key, prefix, fields, cluster=view.name))


def _left_to(subnet: ManagedSubnet, address: Address, prefix: str) -> Problem:
    """Return that a prefix is not created, as an IPAM of Proxmox would find it in place of its own."""
    return Problem(
        code=ProblemCode.IPAM_MANAGED,
        address=address,
        message=f"{prefix} is not created: the IPAM {subnet.ipam!r} of Proxmox keeps {subnet.network} in this NetBox, "
        "and would take it for its own",
        hint="Let Proxmox make the prefix of its subnet (apply its SDN configuration), then plan again.",
    )


def is_asked(context: MappingContext) -> bool:
    """Whether the configuration uses prefixes."""
    return context.policy.node_prefixes or context.policy.areas.sdn


def desired(context: MappingContext) -> None:
    """Desire the networks of the nodes' interfaces, if configured; one on many nodes is one prefix."""
    for view in context.clusters if context.policy.node_prefixes and context.has(interface.KIND) else ():
        for node in view.nodes:
            for item in interface.documented(node) if node.coverage.network.complete else ():
                tag = vlan.desire(context, view, item.vlan_id) if item.vlan_id else None
                for address in item.addresses:
                    network = ipaddress.ip_interface(address).network
                    if network.num_addresses > 1 and not network.is_link_local and not network.is_loopback:
                        found = assigned_address.of_node(view, node, item, address)
                        _desire_of(context, found, str(network), tag)


def _desire_of(context: MappingContext, found: AssignedAddress, network: str, tag: Ref | None) -> None:
    """Desire the network of a node's address, in the VRF that `address_rules` give that; not while it is unknown."""
    evaluation = found.of_address()
    if "vrf" not in evaluation.unsure:
        vrf = evaluation.text("vrf") or found.view.policy.vrf
        ref = context.support("vrf", vrf) if vrf else None
        desire(context, found.view, network, ref, tag, f"Proxmox {found.view.name}")
