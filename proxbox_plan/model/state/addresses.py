"""The addresses of a state: each must be one, as the planner and lint calculate with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxbox_plan.model.state.state import Cluster


def unreadable_addresses(cluster: Cluster) -> Iterator[str]:
    """Yield what is wrong with the addresses of guests and nodes, each with the place where it is."""
    for guest in cluster.guests:
        for nic in guest.nics:
            yield from _unreadable(f"guest {guest.vmid}, {nic.slot}", nic.addresses)
        yield from _unreadable(f"guest {guest.vmid}, inside", (item.address for item in guest.addresses))
    for node in cluster.nodes:
        for interface in node.interfaces:
            yield from _unreadable(f"node {node.name}, {interface.name}", interface.addresses)


def _unreadable(place: str, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        if not _is_address(address):
            yield f"{place}: {address!r} is no IP address with a prefix length"


@lru_cache(maxsize=100_000)
def _is_address(text: str) -> bool:
    """Whether Python reads it as an address: a host's with a prefix length, in most cases seen a moment later."""
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True
