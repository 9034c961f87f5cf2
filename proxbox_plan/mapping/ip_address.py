"""IP address: of guests (static configuration, agent, container) and of nodes (their network configuration)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import interface, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.inside import host, is_skipped
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.mapping.relations import on_address
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
        Field(
            "status",
            FieldType.CHOICE,
            owner=Owner.NETBOX,
            source="active; `deprecated` while the guest or node that had it is decommissioned",
        ),
        Field(
            "role",
            FieldType.CHOICE,
            owner=Owner.NETBOX,
            source="that of the same address elsewhere, where it is a shared one",
        ),
        Field("dns_name", owner=Owner.NETBOX, source="rules, else the guest's name when it is fully qualified"),
    ),
    label="address",
    keyless=True,
    natural=(Natural(("address", "vrf"), "address", "address"),),
    on_missing=OnMissing.DELETE,
    retired_with_parent="deprecated",
    parent="assigned_object",
    relations=on_address(),
    adopted_in="assigned_object",
    shared_roles=frozenset({"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"}),
    conflict="address-conflict",
    areas=("addresses",),
    # whose primary address is deleted is read, changed and saved completely
    disturbs=(Disturbs("virtual-machine", ("DELETE",)), Disturbs("device", ("DELETE",))),
)

_DNS_NAME = re.compile(r"([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?")  # NetBox's own
_FQDN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def guest_addresses(policy: Policy, view: GuestView) -> Iterator[tuple[GuestNic, str, bool]]:
    """Yield (NIC, address, static) for a guest; static configuration first, each host once."""
    seen: set[str] = set()
    for nic in view.guest.nics:
        for address in nic.addresses:
            if host(address) not in seen and not is_skipped(policy.addresses, address):
                seen.add(host(address))
                yield nic, address, True
    for nic, found in view.inside.documented:
        if host(found.address) not in seen:
            seen.add(host(found.address))
            yield nic, found.address, False


def desired(context: MappingContext) -> None:
    """Desire the addresses of nodes, then of guests."""
    for view in context.clusters:
        if context.has(interface.KIND):
            _node_addresses(context, view)
        # The first one of two objects has an address: a clone that is not connected gives way.
        guests = [guest for guest in view.guests if guest.unknown is None]
        for connected in (True, False):
            for guest in guests:
                _guest_addresses(context, view, guest, connected=connected)


def _guest_addresses(context: MappingContext, view: ClusterView, guest: GuestView, *, connected: bool) -> None:
    unprefixed = {found.address for _, found in guest.inside.documented if not guest.inside.prefix_known(found)}
    for nic, address, static in guest_addresses(context.policy, guest):
        if nic.link_down is connected:
            continue
        owner = vm_interface.ref(guest, nic)
        parent = guest.key.child(nic.slot)
        if not static and address in unprefixed:
            address = _as_documented(context, parent, address)  # noqa: PLW2901 # the same address, better known
        _want(context, view, parent, address, owner, guest.targets, guest.guest.name)
    if connected:
        _report_elsewhere(context, guest)


def _as_documented(context: MappingContext, parent: Key, address: str) -> str:
    """Return an address whose prefix length is unknown as NetBox has it."""
    row = context.row(KIND.name, parent.child("ip", host(address)))
    documented = str(row.fields.get("address") or "") if row is not None else ""
    return documented if host(documented) == host(address) else context.documented(host(address)) or address


def _report_elsewhere(context: MappingContext, guest: GuestView) -> None:
    """Report addresses on a MAC that no NIC has: documented ones, and all while a NIC is not seen with its own MAC."""
    shown = {item.mac for item in guest.guest.interfaces}
    changed = [nic for nic in guest.guest.nics if nic.mac and nic.mac not in shown]
    for seen in guest.inside.elsewhere:
        places = (guest.key.child(nic.slot, "ip", host(seen.address)) for nic in guest.guest.nics)
        documented = next((place for place in places if context.row(KIND.name, place) is not None), None)
        place = documented or (guest.key.child(changed[0].slot, "ip", host(seen.address)) if changed else None)
        if place is None or Address.of(KIND.name, place) in context.desired or seen.mac is None:
            continue
        context.problem(
            ProblemCode.UNKNOWN_NIC,
            Address.of(KIND.name, place),
            f"{guest.title} shows {host(seen.address)} on {seen.mac} ({seen.interface or 'unnamed'}), "
            "a MAC address that none of its NICs has in Proxmox",
            "Correct the MAC address inside the guest or in Proxmox; until then NetBox is left as it is.",
        )


def _node_addresses(context: MappingContext, view: ClusterView) -> None:
    for node in view.nodes:
        if not node.coverage.network.complete:
            continue
        for item in interface.documented(node):
            for address in item.addresses:
                if not is_skipped(context.policy.addresses, address):
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
