"""IP address: of guests (static configuration, agent, container) and of nodes (their network configuration)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import assigned_address, interface, reserved_address
from proxbox_plan.mapping.assigned_address import AssignedAddress
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unknown, Unread
from proxbox_plan.mapping.estate.inside import host, is_skipped
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.mapping.relations import on_address
from proxbox_plan.mapping.support import rule_tags
from proxbox_plan.model.address_roles import ADDRESS_ROLES, SHARED_ROLES
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnDelete, OnMissing, Owner
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import COMPLETE, GuestNic
from proxbox_plan.rules.evaluate import TAGS, Evaluation

KIND = Kind(
    "ip-address",
    "/api/ipam/ip-addresses/",
    "ipam.ipaddress",
    (
        Field("address", FieldType.CIDR, source="static ip=/ip6=, ipconfigN, agent, container interfaces, node CIDRs"),
        Field(
            "vrf",
            FieldType.REF,
            to=("vrf",),
            on_delete=OnDelete.PROTECT,
            owner=Owner.NETBOX,
            source="`address_rules`, rules, else the cluster's `vrf`",
        ),
        Field("assigned_object", FieldType.GENERIC, to=("vm-interface", "interface"), source="the NIC, by MAC"),
        Field(
            "tenant",
            FieldType.REF,
            optional=True,
            to=("tenant",),
            owner=Owner.NETBOX,
            source="`address_rules`",
        ),
        Field(
            "status",
            FieldType.CHOICE,
            owner=Owner.NETBOX,
            choosable=True,
            source="`address_rules`, else active; `deprecated` while the guest or node that had it is decommissioned",
        ),
        Field(
            "role",
            FieldType.CHOICE,
            owner=Owner.NETBOX,
            choosable=True,
            source="`address_rules`, else that of the same address elsewhere, where it is a shared one",
        ),
        Field(
            "dns_name",
            owner=Owner.NETBOX,
            source="`address_rules`, rules, else the guest's name when it is fully qualified",
        ),
        Field("description", owner=Owner.NETBOX, source="`address_rules`"),
    ),
    label="address",
    keyless=True,
    natural=(Natural(("address", "vrf"), "address", "address"),),
    on_missing=OnMissing.DELETE,
    retired_with_parent="deprecated",
    parent="assigned_object",
    relations=on_address(),
    adopted_in="assigned_object",
    shared_roles=SHARED_ROLES,
    tagged=True,
    conflict="address-conflict",
    areas=("addresses",),
    # whose primary address is deleted is read, changed and saved completely
    disturbs=(Disturbs("virtual-machine", ("DELETE",)), Disturbs("device", ("DELETE",))),
)

_SLAAC = "slaac"
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
        for node in view.nodes if context.has(interface.KIND) else ():
            for found in assigned_address.all_of_node(view, node, context.policy.addresses):
                _want(context, found)
        # The first one of two objects has an address: a clone that is not connected gives way.
        guests = [guest for guest in view.guests if guest.unknown is None]
        for connected in (True, False):
            for guest in guests:
                for found in of_guest(context, guest, connected=connected):
                    _want(context, found)
                for found in reserved_address.of_guest(context.estate, guest, connected=connected):
                    if Address.of(KIND.name, found.key) not in context.desired:
                        _want(context, found)
                if connected:
                    _report_elsewhere(context, guest)


def of_guest(context: MappingContext, guest: GuestView, *, connected: bool) -> Iterator[AssignedAddress]:
    """Yield the addresses of a guest that are documented: those on connected NICs, or on the others."""
    unprefixed = {found.address: found for _, found in guest.inside.documented if not guest.inside.prefix_known(found)}
    for nic, address, static in guest_addresses(context.policy, guest):
        if nic.link_down is connected:
            continue
        text, prefix = address, COMPLETE
        if not static and address in unprefixed:
            text = _as_documented(context, guest.key.child(nic.slot), address)
            prefix = guest.inside.prefix_of(unprefixed[address])  # what NetBox has may be no more than /32
        yield assigned_address.of_guest(guest, nic, text, prefix)


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


def _want(context: MappingContext, found: AssignedAddress) -> None:
    """Desire an address: of one that an IPAM of Proxmox has given, only where it is, and only where it gave it."""
    address, own = Address.of(KIND.name, found.key), context.row(KIND.name, found.key)
    reservation = context.estate.reservations.at(host(found.text))
    if reservation is None or (own is not None and own.id != reservation.row.id):
        _want_own(context, found)
    elif reservation.mac is not None and reservation.mac == found.mac:
        fields = reserved_address.fields_of(found, reservation)
        context.add(DesiredObject(KIND.name, found.key, reservation.text, fields, cluster=found.view.name))
    elif own is None and (found.evaluation().text("vrf") or found.view.policy.vrf):
        _want_own(context, found)  # the same address in another network
    else:
        context.say(reserved_address.conflict(found, address, reservation))


def _want_own(context: MappingContext, found: AssignedAddress) -> None:
    evaluation = found.evaluation()
    address = Address.of(KIND.name, found.key)
    vrf = evaluation.text("vrf") or found.view.policy.vrf
    fields: dict[str, object] = {
        "address": found.text,
        "vrf": context.support("vrf", vrf) if vrf else None,
        "assigned_object": found.owner,
        **_ruled(context, address, evaluation),
        **_checked(context, address, evaluation, found),
    }
    tags = None if TAGS in evaluation.unsure else tuple(sorted(set(rule_tags(context, evaluation))))
    fields = {name: value for name, value in fields.items() if name not in evaluation.unsure}
    if evaluation.failures:
        context.report(evaluation, address)
    elif not found.lacking.complete:
        unread = Unread(Unknown.because(found.lacking))
        fields |= dict.fromkeys(sorted(evaluation.unsure - found.of_owner.unsure), unread)
    if "vrf" in evaluation.unsure:
        context.hold(address)
    if (subnet := context.estate.managed.of_address(found.text)) is not None:
        context.hold(address, reserved_address.not_given(found, address, subnet))
    context.add(DesiredObject(KIND.name, found.key, found.text, fields, cluster=found.view.name, tags=tags))


def _ruled(context: MappingContext, address: Address, evaluation: Evaluation) -> dict[str, object]:
    """Return the fields that only rules set."""
    fields: dict[str, object] = {}
    if tenant := evaluation.text("tenant"):
        fields["tenant"] = context.support("tenant", tenant)
    if description := evaluation.text("description"):
        if _misleads(context, address, "description", description):
            return fields
        fields["description"] = clean(description, 200)
    return fields


def _misleads(context: MappingContext, address: Address, field: str, text: str) -> bool:
    """Whether an IPAM of Proxmox would take an address for another one, as this text names that."""
    found = context.estate.managed.named_in(text)
    if found is not None:
        _refuse(
            context,
            address,
            f"{field} {text[:60]!r} names {found}, by which the IPAM of Proxmox would find this address",
        )
    return found is not None


def _checked(
    context: MappingContext, address: Address, evaluation: Evaluation, found: AssignedAddress
) -> dict[str, object]:
    """Return the fields of which NetBox takes certain values only; any other is a problem, and changes nothing."""
    fields: dict[str, object] = {}
    status, name = evaluation.text("status") or "active", found.name
    if status == _SLAAC and ":" not in found.text:
        _refuse(context, address, f"NetBox takes the status {status!r} for IPv6 only, and {found.text} is none")
    else:
        fields["status"] = status
    if role := evaluation.text("role"):
        if role in ADDRESS_ROLES:
            fields["role"] = role
        else:
            _refuse(
                context,
                address,
                f"{role[:60]!r} is no role of an address: NetBox has {', '.join(sorted(ADDRESS_ROLES))}",
            )
    if dns_name := evaluation.text("dns_name") or (name if name and _FQDN.fullmatch(name) else None):
        if _misleads(context, address, "dns_name", dns_name):
            return fields
        if _DNS_NAME.fullmatch(dns_name):
            fields["dns_name"] = dns_name.lower()
        else:
            _refuse(context, address, f"{dns_name[:60]!r} is not a DNS name")
    return fields


def _refuse(context: MappingContext, address: Address, message: str) -> None:
    context.problem(ProblemCode.RULE_FAILED, address, message, "Correct the rule; the value in NetBox stays as it is.")
