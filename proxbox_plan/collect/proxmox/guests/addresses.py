"""Addresses seen inside a running guest: from the QEMU agent, or from the container itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one, read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import GuestInterfaceRow, GuestRow, IpAddress
from proxbox_plan.collect.proxmox.guests.agent import Agent, NoAnswerError, refusal
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_mac, parse_seen_address
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, GuestAddress, GuestInterface, Incomplete

NAMES = "interfaces"
Values = tuple[tuple[str, Coverage], ...]


@dataclass(frozen=True)
class GuestAddresses:
    """Interfaces and addresses a guest reports, with the coverage of the answer, and of single values in it."""

    coverage: Coverage
    addresses: tuple[GuestAddress, ...] = ()
    interfaces: tuple[GuestInterface, ...] = ()
    values: Values = ()


def without_nics(seen: GuestAddresses) -> GuestAddresses:
    """Return what is seen of a guest without any NIC: no address is missing, though its interfaces may be unknown."""
    if seen.coverage.complete:
        return seen
    return replace(seen, coverage=COMPLETE, values=((NAMES, NOT_READ.replace(detail=seen.coverage.detail)),))


def ask_agent(agent: Agent, *, expected: bool) -> GuestAddresses:
    """Read the addresses that the agent of a virtual machine shows.

    None at all is incomplete where one is `expected`, as the guest may still be starting.
    """
    command = "network-get-interfaces"
    try:
        data = agent.ask(command)
    except NoAnswerError as error:
        return GuestAddresses(error.coverage)
    return read_interfaces(data, agent.path(command), expected=expected)


def ask_container(reader: Reader, row: GuestRow, *, expected: bool) -> GuestAddresses:
    """Read the addresses inside a running container."""
    path = api_path("nodes", row.node, row.type, row.vmid, "interfaces")
    try:
        data = reader.get(path)
    except ProxmoxReadError as error:
        return GuestAddresses(incomplete_because(error))
    return read_interfaces(data, path, expected=expected)


def read_interfaces(data: Any, path: str, *, expected: bool = True) -> GuestAddresses:
    """Read the list of interfaces inside a guest; what is not understood costs its own interface only."""
    if not data or isinstance(data, dict):
        return GuestAddresses(refusal(data, path))
    rows, problem = read_rows(GuestInterfaceRow, data)
    reading = _Reading(path, problem)
    for row in rows:
        reading.add(row)
    return reading.result(_interfaces(rows), expected=expected)


class _Reading:
    """Collects the addresses of one answer, and what is not known of them."""

    def __init__(self, path: str, problem: str) -> None:
        self._path = path
        self._problem = problem  # of the answer as a whole
        self._found: set[GuestAddress] = set()
        self._values: dict[str, Coverage] = {}

    def add(self, row: GuestInterfaceRow) -> None:
        """Take over the addresses of one interface."""
        if not row.name:
            self._values[NAMES] = incomplete(Incomplete.VALUE_MISSING, f"GET {self._path}: an interface has no name")
        for text, prefix in self._written(row):
            try:
                address, known = parse_seen_address(text, prefix)
            except GrammarError as error:
                self._not_understood(row.name, str(error))
                continue
            self._found.add(GuestAddress(interface=row.name, mac=_mac(row), address=address))
            if row.name and not row.addresses and _of_the_network(address):
                why = f"GET {self._path}: {row.name} shows only its last address of each family"
                self._values[f"{NAMES}.{row.name}"] = incomplete(Incomplete.VALUE_MISSING, why)
            if not known:
                why = f"GET {self._path}: {address} has no prefix length"
                self._values[f"addresses.{row.name} {address}"] = incomplete(Incomplete.VALUE_MISSING, why)

    def result(self, interfaces: tuple[GuestInterface, ...], *, expected: bool) -> GuestAddresses:
        """Return what was read; none of it is complete when it is not known which interface a problem belongs to."""
        addresses = tuple(sorted(self._found, key=lambda seen: (seen.interface, seen.address, seen.mac or "")))
        coverage = COMPLETE
        if self._problem:
            coverage = wrong_shape(self._path, self._problem)
        elif expected and not any(_of_the_network(seen.address) for seen in addresses):
            coverage = incomplete(Incomplete.AGENT_SILENT, f"GET {self._path}: the guest has no address yet")
        return GuestAddresses(coverage, addresses, interfaces, tuple(self._values.items()))

    def _written(self, row: GuestInterfaceRow) -> Iterator[tuple[str, str | None]]:
        if not row.addresses:  # before Proxmox VE 8.3, of a container
            yield from ((text, None) for text in (row.inet, row.inet6) if text)
        for item in row.addresses or ():
            try:
                found = read_one(IpAddress, item)
            except WrongShapeError as error:
                self._not_understood(row.name, str(error))
            else:
                yield found.address, found.prefix

    def _not_understood(self, name: str, problem: str) -> None:
        if name:
            self._values.setdefault(f"{NAMES}.{name}", wrong_shape(self._path, f"{name}: {problem}"))
        else:
            self._problem = self._problem or problem


def _interfaces(rows: Sequence[GuestInterfaceRow]) -> tuple[GuestInterface, ...]:
    """Return the interfaces by name, each name once: only the name identifies an interface."""
    named = {row.name: GuestInterface(name=row.name, mac=_mac(row)) for row in rows if row.name}
    return tuple(named[name] for name in sorted(named))


def _mac(row: GuestInterfaceRow) -> str | None:
    try:
        return parse_mac(row.mac or row.hwaddr or "")
    except GrammarError:
        return None  # tunnels and InfiniBand have other hardware addresses


def _of_the_network(address: str) -> bool:
    found = ipaddress.ip_interface(address)
    return not (found.is_loopback or found.is_link_local)
