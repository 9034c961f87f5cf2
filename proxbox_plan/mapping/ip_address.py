"""IP address: of guests (static configuration, agent, container) and of nodes (their network configuration)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache

from proxbox_plan.core.key import Key
from proxbox_plan.core.patterns import any_glob
from proxbox_plan.mapping import interface, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.views import ClusterView, GuestView
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestNic
from proxbox_plan.rules.evaluate import Evaluation

KIND = Kind(
    "ip-address",
    "/api/ipam/ip-addresses/",
    "ipam.ipaddress",
    (
        Field("address", FieldType.CIDR, source="static ip=/ip6=, ipconfigN, agent, container interfaces, node CIDRs"),
        Field("vrf", FieldType.REF, to=("vrf",), owner=Owner.NETBOX, source="rules, else the cluster's `vrf`"),
        Field("assigned_object", FieldType.GENERIC, to=("vm-interface", "interface"), source="the NIC, by MAC"),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
        Field("role", FieldType.CHOICE, owner=Owner.NETBOX, source="never set; read to allow shared addresses"),
        Field("dns_name", owner=Owner.NETBOX, source="rules, else the guest's name when it is fully qualified"),
    ),
    label="address",
    natural=(Natural(("address", "vrf"), "address", "address"),),
    on_missing=OnMissing.DELETE,
    parent="assigned_object",
    by_parent=(("vm-interface", "vminterface_id"), ("interface", "interface_id")),
    adopted_in="assigned_object",
    shared_roles=frozenset({"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"}),
    conflict="address-conflict",
    areas=("addresses",),
    # whose primary address is deleted is read, changed and saved completely
    disturbs=(Disturbs("virtual-machine", ("DELETE",)), Disturbs("device", ("DELETE",))),
)

_DNS_NAME = re.compile(r"([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?")  # NetBox's own
_FQDN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def host(cidr: str) -> str:
    """Return the address without its prefix length."""
    return cidr.split("/", maxsplit=1)[0]


@cache
def _matching(globs: tuple[str, ...]) -> Callable[[str], object]:
    """Return a predicate: whether a name matches one of the globs."""
    return any_glob(globs)


def noise_of(policy: Policy) -> Callable[[str], object]:
    """Return a predicate: whether an interface inside a guest is not documented, by its name."""
    return _matching(policy.addresses.skip_interfaces)


def guest_addresses(policy: Policy, view: GuestView) -> Iterator[tuple[GuestNic, str, bool]]:
    """Yield (NIC, address, static) for a guest; static configuration first, each host once."""
    seen: set[str] = set()
    for nic in view.guest.nics:
        for address in nic.addresses:
            if host(address) not in seen and not _skipped(policy, address):
                seen.add(host(address))
                yield nic, address, True
    by_mac = {nic.mac: nic for nic in view.guest.nics if nic.mac}
    noise = noise_of(policy)
    for found in view.guest.addresses:
        nic_found = by_mac.get(found.mac) if found.mac else None
        if nic_found is None or noise(found.interface):
            continue
        if host(found.address) not in seen and not _skipped(policy, found.address):
            seen.add(host(found.address))
            yield nic_found, found.address, False


def desired(context: MappingContext) -> None:
    """Desire the addresses of nodes, then of guests."""
    for view in context.clusters:
        if context.has(interface.KIND):
            _node_addresses(context, view)
        for guest in view.guests:
            if guest.unknown is None:
                for nic, address, _ in guest_addresses(context.policy, guest):
                    owner = vm_interface.ref(guest, nic)
                    parent = guest.key.child(nic.slot)
                    _want(context, view, parent, address, owner, guest.targets, guest.guest.name)


def _node_addresses(context: MappingContext, view: ClusterView) -> None:
    for node in view.nodes:
        if not node.coverage.network.complete:
            continue
        for item in interface.documented(node):
            for address in item.addresses:
                if not _skipped(context.policy, address):
                    key = interface.key(view, node.name, item.name)
                    owner = interface.ref(view, node, item.name)
                    _want(context, view, key, address, owner, view.evaluations[node.name], None)


def _want(  # noqa: PLR0913 # one row of the mapping table: each argument is a column
    context: MappingContext,
    view: ClusterView,
    parent: Key,
    address: str,
    owner: Ref,
    evaluation: Evaluation,
    name: str | None,
) -> None:
    vrf = evaluation.text("vrf") or view.policy.vrf
    fields: dict[str, object] = {
        "address": address,
        "vrf": context.support("vrf", vrf) if vrf else None,
        "assigned_object": owner,
        "status": "active",
    }
    wanted = DesiredObject(KIND.name, parent.child("ip", host(address)), address, cluster=view.name)
    if dns_name := evaluation.text("dns_name") or (name if name and _FQDN.fullmatch(name) else None):
        fields["dns_name"] = dns_name.lower()
        if not _DNS_NAME.fullmatch(dns_name):
            del fields["dns_name"]
            context.problem(
                ProblemCode.RULE_FAILED,
                wanted.address,
                f"{dns_name[:60]!r} is not a DNS name",
                "Correct the rule; the value in NetBox stays as it is.",
            )
    if "vrf" in evaluation.unsure:
        context.held.add(wanted.address)
    sure = {field: value for field, value in fields.items() if field not in evaluation.unsure}
    context.add(replace(wanted, fields=sure))


def _skipped(policy: Policy, address: str) -> bool:
    return _is_in(host(address), policy.addresses.skip_networks)


@lru_cache(maxsize=100_000)
def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in _networks(networks))


@lru_cache(maxsize=64)
def _networks(texts: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]
