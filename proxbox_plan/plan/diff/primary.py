"""Primary addresses: chosen once, kept while they are valid."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from proxbox_plan.mapping import device, interface, ip_address
from proxbox_plan.mapping.context import ClusterView, Context, GuestView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestNic, Node
from proxbox_plan.plan.match.match import Matches
from proxbox_plan.plan.match.rows import Rows, ref_id

_FAMILIES = (("primary_ip4", 4), ("primary_ip6", 6))


def choose(context: Context, matches: Matches, rows: Rows) -> None:
    """Add the primary addresses to the wanted virtual machines and devices."""
    if not context.has(ip_address.KIND):
        return
    for view in context.clusters:
        for node in view.nodes:
            if node.coverage.network.complete:
                _set(context, matches, rows, f"device:{device.key(view, node.name)}", _of_node(view, node))
        for guest in view.guests:
            if guest.unknown is None:
                _set(context, matches, rows, f"virtual-machine:{guest.key}", _of_guest(context, guest))


def _of_guest(context: Context, view: GuestView) -> list[tuple[str, str]]:
    """Addresses (key, address) of a guest, best first: preferred network, static with a gateway, static, the rest."""
    found = list(ip_address.guest_addresses(context, view))
    prefer = [ipaddress.ip_network(text, strict=False) for text in context.policy.prefer]

    def order(item: tuple[GuestNic, str, bool]) -> tuple[int, bool, bool]:
        nic, address, static = item
        inside = (place for place, net in enumerate(prefer) if ipaddress.ip_interface(address).ip in net)
        return next(inside, len(prefer)), not static, not nic.gateways

    return [(f"{view.key}/{nic.slot}", address) for nic, address, _ in sorted(found, key=order)]


def _of_node(view: ClusterView, node: Node) -> list[tuple[str, str]]:
    """Addresses of a node, best first: the one the cluster knows it by, then those with a gateway."""
    found = [(item, address) for item in interface.documented(node) for address in item.addresses]
    found.sort(key=lambda pair: (ip_address.host(pair[1]) != node.address, not pair[0].gateways))
    return [(interface.key(view, node.name, item.name), address) for item, address in found]


def _set(context: Context, matches: Matches, rows: Rows, address: str, candidates: Iterable[tuple[str, str]]) -> None:
    wanted = context.desired.get(address)
    if wanted is None:
        return
    planned = [
        Ref("ip-address", None, text, f"ip-address:{parent}/ip/{ip_address.host(text)}") for parent, text in candidates
    ]
    usable = [ref for ref in planned if ref.address in context.desired and ref.address not in matches.blocked]
    row = matches.rows.get(address)
    chosen: dict[str, Any] = {}
    for name, version in _FAMILIES:
        if row is not None and _valid(matches, rows, row, name):
            continue
        best = next((ref for ref in usable if ipaddress.ip_interface(ref.name).version == version), None)
        if best is not None:
            chosen[name] = best
    if chosen:
        context.desired[address] = replace(wanted, fields={**wanted.fields, **chosen})


def _valid(matches: Matches, rows: Rows, row: Row, name: str) -> bool:
    """Whether the present primary address stays: somebody else's choice, or one of ours that is still wanted."""
    number = ref_id(row.fields.get(name))
    if number is None:
        return False
    ours = rows.by_id("ip-address", number)
    return ours is None or ours.key is None or matches.ids.get(f"ip-address:{ours.key}") == number
