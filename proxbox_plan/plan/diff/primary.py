"""Primary addresses: chosen once, kept while they are valid."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ADDRESS, GUEST, NODE, device, interface, ip_address, reserved_address
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.inside import host
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestNic, Node
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.proof import proof_of
from proxbox_plan.plan.relations.references import ref_id

_FAMILIES = (("primary_ip4", 4), ("primary_ip6", 6))


def with_primaries(matched: Matched, blocked: Collection[Address]) -> Mapping[Address, DesiredObject]:
    """Return the desired objects, virtual machines and devices with those primary addresses that are not blocked."""
    estate = matched.estate
    objects = dict(matched.desired.objects)
    out = {*blocked, *matched.of_groups}
    takers = {row.id: at for at, row in matched.rows.items() if at.kind == ADDRESS.name and at not in out}
    if not estate.has(ip_address.KIND):
        return objects
    for view in estate.clusters:
        for node in view.nodes:
            if node.coverage.network.complete:
                at = Address.of(NODE.name, device.key(view, node.name))
                _set(objects, matched, at, partial(_of_node, view, node), out, takers)
        for guest in view.guests:
            if guest.unknown is None:
                at = Address.of(GUEST.name, guest.key)
                _set(objects, matched, at, partial(_of_guest, estate, guest), out, takers)
    return objects


def _is_of(text: str, version: int) -> bool:
    return (":" in text) is (version == 6)  # noqa: PLR2004 # an IPv6 address


def _of_guest(estate: Estate, view: GuestView, version: int) -> list[tuple[Key, str]]:
    """Addresses (key, address) of a guest, best first.

    In a preferred network, static, with a gateway, of a connected NIC; a single address (a shared one, mostly) after
    those with a network, and an IPv6 address that a privacy extension makes anew every day after those that stay.
    """
    shown = {host(text): (nic, text, static) for nic, text, static in ip_address.guest_addresses(estate.policy, view)}
    given = {host(text): (nic, text, False) for nic, text in reserved_address.of_nics(estate, view)}
    found = [item for item in (given | shown).values() if _is_of(item[1], version)]
    prefer = [ipaddress.ip_network(text, strict=False) for text in estate.policy.prefer]

    def order(item: tuple[GuestNic, str, bool]) -> tuple[int, bool, bool, bool, bool, bool]:
        nic, text, static = item
        address = ipaddress.ip_interface(text)
        inside = (place for place, net in enumerate(prefer) if address.ip in net)
        single = address.network.prefixlen == address.max_prefixlen
        return (
            next(inside, len(prefer)),
            nic.link_down,
            not static,
            not nic.gateways,
            single,
            not static and not _is_stable(address.ip, nic.mac),
        )

    return [(view.key.child(nic.slot), address) for nic, address, _ in sorted(found, key=order)]


def _is_stable(address: ipaddress.IPv4Address | ipaddress.IPv6Address, mac: str | None) -> bool:
    """Whether an address stays, as far as it shows: made of the MAC address, or a short one that a person gave."""
    if address.version == 4:  # noqa: PLR2004 # IPv4 has no temporary ones
        return True
    number = int(address) & (1 << 64) - 1
    return number < 1 << 32 or (mac is not None and number == _eui64(mac))


def _eui64(mac: str) -> int:
    """Return the last 64 bits of an address that is made of a MAC address (RFC 4291, appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return int.from_bytes(bytes((octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:])), "big")


def _of_node(view: ClusterView, node: Node, version: int) -> list[tuple[Key, str]]:
    """Addresses of a node, best first: the one the cluster knows it by, then those with a gateway."""
    found = [(item, text) for item in interface.documented(node) for text in item.addresses if _is_of(text, version)]
    found.sort(key=lambda pair: (host(pair[1]) != node.address, not pair[0].gateways))
    return [(interface.key(view, node.name, item.name), address) for item, address in found]


def _set(  # noqa: PLR0913 # what one machine or device is judged by
    objects: dict[Address, DesiredObject],
    matched: Matched,
    address: Address,
    candidates: Callable[[int], Iterable[tuple[Key, str]]],
    out: Collection[Address],
    takers: Mapping[int, Address],
) -> None:
    wanted = objects[address]  # of every node and guest there is one
    row = matched.rows.get(address)
    chosen: dict[str, Any] = {}
    for name, version in _FAMILIES:
        if row is not None and _valid(matched, row, name):
            continue
        planned = (Ref.to(ADDRESS.name, parent.child("ip", host(text)), text) for parent, text in candidates(version))
        usable = [ref for ref in planned if ref.address in objects and ref.address not in out]
        best = min(usable, key=lambda ref: _is_shared(objects, ref), default=None)
        if best is not None or (row is not None and _moves_away(row, takers.get(ref_id(row.fields.get(name)) or 0))):
            chosen[name] = best
    if chosen:
        objects[address] = replace(wanted, fields={**wanted.fields, **chosen})


def _is_shared(objects: Mapping[Address, DesiredObject], ref: Ref) -> bool:
    """Whether rules say that others have an address, too: it is what a machine is known by only for want of its own."""
    return ref.address is not None and objects[ref.address].fields.get("role") in ADDRESS.shared_roles


def _moves_away(row: Row, taker: Address | None) -> bool:
    """Whether the present primary address becomes another object's: NetBox moves it once it is none any more."""
    return taker is not None and row.key is not None and taker.key.owner != row.key.owner


def _valid(matched: Matched, row: Row, name: str) -> bool:
    """Whether the present primary address stays: another user's choice, or one of ours that is not proven gone."""
    number = ref_id(row.fields.get(name))
    if number is None:
        return False
    ours = matched.index.by_id(ip_address.KIND.name, number)
    if ours is None or ours.key is None or matched.ids.get(Address.of(ip_address.KIND.name, ours.key)) == number:
        return True
    view = matched.estate.by_name.get(ours.key.cluster)
    return view is not None and isinstance(proof_of(matched.estate, view, ours.key, ours), Unknown)
