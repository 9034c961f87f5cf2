"""Addresses seen inside a running guest: from the QEMU agent, or from the container itself."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import GuestInterfaceRow, GuestRow
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_address, parse_mac
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.model.state import COMPLETE, Coverage, GuestAddress, GuestInterface, Incomplete


@dataclass(frozen=True)
class GuestAddresses:
    """Interfaces and addresses a guest reports, with their coverage."""

    coverage: Coverage
    addresses: tuple[GuestAddress, ...] = ()
    interfaces: tuple[GuestInterface, ...] = ()


def read_addresses(reader: Reader, row: GuestRow) -> GuestAddresses:
    """Read the addresses inside a running guest; none at all is incomplete, as the guest may still be starting."""
    asked = ("agent", "network-get-interfaces") if row.type == "qemu" else ("interfaces",)
    path = api_path("nodes", row.node, row.type, row.vmid, *asked)
    try:
        data = reader.get(path)
    except ProxmoxReadError as error:
        agent_failed = row.type == "qemu" and error.reason is Incomplete.SERVER_ERROR
        return GuestAddresses(
            incomplete(Incomplete.AGENT_SILENT, error.message) if agent_failed else incomplete_because(error)
        )
    return read_interfaces(_without_envelope(data) if row.type == "qemu" else data, path)


def _without_envelope(data: Any) -> Any:
    return data.get("result") if isinstance(data, dict) else data


def read_interfaces(data: Any, path: str) -> GuestAddresses:
    """Read the list of interfaces inside a guest."""
    if not data or isinstance(data, dict):
        problem = "an error" if data else "nothing"
        return GuestAddresses(incomplete(Incomplete.AGENT_SILENT, f"GET {path}: the guest answered with {problem}"))
    rows, problem = read_rows(GuestInterfaceRow, data)
    found: set[GuestAddress] = set()
    for row in rows:
        for address, prefix in _written(row):
            try:
                found.add(GuestAddress(interface=row.name, mac=_mac(row), address=parse_address(address, prefix)))
            except GrammarError as error:
                problem = problem or f"{row.name}: {error}"
    addresses = tuple(sorted(found, key=lambda seen: (seen.interface, seen.address, seen.mac or "")))
    coverage = COMPLETE
    if problem:
        coverage = wrong_shape(path, problem)
    elif not any(_of_the_network(seen.address) for seen in addresses):
        coverage = incomplete(Incomplete.AGENT_SILENT, f"GET {path}: the guest has no address yet")
    return GuestAddresses(coverage, addresses, _interfaces(rows))


def _interfaces(rows: list[GuestInterfaceRow]) -> tuple[GuestInterface, ...]:
    """Return the interfaces by name, each name once: only the name identifies an interface."""
    named = {row.name: GuestInterface(name=row.name, mac=_mac(row)) for row in rows if row.name}
    return tuple(named[name] for name in sorted(named))


def _written(row: GuestInterfaceRow) -> list[tuple[str, str | None]]:
    if row.addresses:
        return [(found.address, found.prefix) for found in row.addresses]
    # Before Proxmox VE 8.3 a container reports only the last address of each family.
    return [(text, None) for text in (row.inet, row.inet6) if text]


def _mac(row: GuestInterfaceRow) -> str | None:
    try:
        return parse_mac(row.mac or row.hwaddr or "")
    except GrammarError:
        return None  # tunnels and InfiniBand have other hardware addresses


def _of_the_network(address: str) -> bool:
    found = ipaddress.ip_interface(address)
    return not (found.is_loopback or found.is_link_local)
