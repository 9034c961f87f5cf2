"""IP address: of guests (static configuration, agent, container) and of nodes (their network configuration)."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.state import GuestNic
from proxbox_plan.model.values import Ref
from proxbox_plan.planner.context import ClusterView, Context, GuestView
from proxbox_plan.planner.desired import Desired
from proxbox_plan.planner.mapping import interface, vm_interface

KIND = Kind(
    "ip-address", "/api/ipam/ip-addresses/", "ipam.ipaddress",
    (
        Field("address", FieldType.CIDR, source="static ip=/ip6=, ipconfigN, agent, container interfaces, node CIDRs"),
        Field("vrf", FieldType.REF, to=("vrf",), owner=Owner.NETBOX, source="rules, else the cluster's `vrf`"),
        Field("assigned_object", FieldType.GENERIC, to=("vm-interface", "interface"), source="the NIC, by MAC"),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
        Field("role", FieldType.CHOICE, owner=Owner.NETBOX, source="never set; read to allow shared addresses"),
        Field("dns_name", owner=Owner.NETBOX, source="the guest's name, when it is fully qualified"),
    ),
    label="address", natural=(Natural(("address", "vrf"), "address", "address"),), on_missing=OnMissing.DELETE,
    parent="assigned_object", areas=("addresses",),
    # whose primary address is deleted is read, changed and saved as a whole
    disturbs=(Disturbs("virtual-machine", ("DELETE",)), Disturbs("device", ("DELETE",))),
)  # fmt: skip

_FQDN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def host(cidr: str) -> str:
    """Return the address without its prefix length."""
    return cidr.split("/", maxsplit=1)[0]


def guest_addresses(context: Context, view: GuestView) -> Iterator[tuple[GuestNic, str, bool]]:
    """Yield (NIC, address, static) for a guest; static configuration first, each host once."""
    seen: set[str] = set()
    for nic in view.guest.nics:
        for address in nic.addresses:
            if host(address) not in seen and not _skipped(context, address):
                seen.add(host(address))
                yield nic, address, True
    by_mac = {nic.mac: nic for nic in view.guest.nics if nic.mac}
    noise = context.policy.addresses.skip_interfaces
    for found in view.guest.addresses:
        nic_found = by_mac.get(found.mac) if found.mac else None
        if nic_found is None or any(fnmatch.fnmatch(found.interface, pattern) for pattern in noise):
            continue
        if host(found.address) not in seen and not _skipped(context, found.address):
            seen.add(host(found.address))
            yield nic_found, found.address, False


def desired(context: Context) -> None:
    """Want the addresses of nodes, then of guests."""
    for view in context.clusters:
        if context.has(interface.KIND):
            _node_addresses(context, view)
        for guest in view.guests:
            if guest.unknown is None:
                vrf = guest.targets.vrf or view.policy.vrf
                for nic, address, _ in guest_addresses(context, guest):
                    owner = vm_interface.ref(guest, nic)
                    _want(context, view, f"{guest.key}/{nic.slot}", address, owner, vrf, guest.guest.name)


def _node_addresses(context: Context, view: ClusterView) -> None:
    for node in view.nodes:
        if not node.coverage.network.complete:
            continue
        for item in interface.documented(node):
            for address in item.addresses:
                if not _skipped(context, address):
                    key = interface.key(view, node.name, item.name)
                    _want(context, view, key, address, interface.ref(view, node, item.name), view.policy.vrf, None)


def _want(  # noqa: PLR0913 # one row of the mapping table: each argument is a column
    context: Context, view: ClusterView, parent: str, address: str, owner: Ref, vrf: str | None, name: str | None
) -> None:
    fields: dict[str, object] = {
        "address": address, "vrf": context.support("vrf", vrf) if vrf else None, "assigned_object": owner,
        "status": "active",
    }  # fmt: skip
    if name and _FQDN.fullmatch(name):
        fields["dns_name"] = name.lower()
    context.add(Desired(KIND.name, f"{parent}/ip/{host(address)}", address, fields, cluster=view.name))


def _skipped(context: Context, address: str) -> bool:
    return _is_in(host(address), context.policy.addresses.skip_networks)


@lru_cache(maxsize=100_000)
def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in _networks(networks))


@lru_cache(maxsize=64)
def _networks(texts: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]
