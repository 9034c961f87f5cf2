"""Inside: what a running guest shows of its network, and what that proves about what it does not show."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from proxbox_plan.core.patterns import any_glob
from proxbox_plan.model.policy import AddressFilter
from proxbox_plan.model.state import COMPLETE, Coverage, Guest, GuestAddress, GuestNic, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete


def host(cidr: str) -> str:
    """Return the address without its prefix length."""
    return cidr.split("/", maxsplit=1)[0]


@dataclass(frozen=True)
class Inside:
    """The inside of one guest under the filter of the configuration.

    A booting guest shows its NICs before they have addresses. Therefore absence is proven NIC by NIC: only one that
    is shown with an address shows all it has.
    """

    guest: Guest
    filter: AddressFilter

    @cached_property
    def nics(self) -> dict[str, GuestNic]:
        """The guest's NICs by MAC; of two with the same one (a bond inside), the first."""
        return {nic.mac: nic for nic in reversed(self.guest.nics) if nic.mac}

    @cached_property
    def _nameable(self) -> dict[str, GuestNic]:
        """A container's NICs without a configured MAC, by the name that they have inside, too."""
        return {nic.name: nic for nic in self.guest.nics if nic.mac is None} if self.guest.type == "lxc" else {}

    def nic_of(self, interface: str, mac: str | None) -> GuestNic | None:
        """Return the NIC that an interface inside the guest is."""
        return self.nics.get(mac or "") or self._nameable.get(interface)

    @cached_property
    def documented(self) -> tuple[tuple[GuestNic, GuestAddress], ...]:
        """The addresses seen on a NIC of the guest, with that NIC."""
        found = ((self.nic_of(seen.interface, seen.mac), seen) for seen in self._shown)
        return tuple((nic, seen) for nic, seen in found if nic is not None)

    @cached_property
    def elsewhere(self) -> tuple[GuestAddress, ...]:
        """The addresses seen on a MAC that no NIC of the guest has: changed inside, or of a passed-through NIC."""
        return tuple(seen for seen in self._shown if self.nic_of(seen.interface, seen.mac) is None)

    @cached_property
    def _shown(self) -> tuple[GuestAddress, ...]:
        noise = noise_of(self.filter)
        return tuple(
            seen
            for seen in self.guest.addresses
            if not noise(seen.interface) and not is_skipped(self.filter, seen.address)
        )

    def prefix_known(self, seen: GuestAddress) -> bool:
        """Whether the guest shows the prefix length of an address."""
        return self.prefix_of(seen).complete

    def prefix_of(self, seen: GuestAddress) -> Coverage:
        """Return the coverage of the prefix length of an address."""
        return self.guest.coverage.of(f"addresses.{seen.interface} {seen.address}")

    def of_nic(self, nic: GuestNic) -> Coverage:
        """Whether a NIC shows all of its addresses: it does when it shows one that is neither link-local nor noise."""
        coverage = self.guest.coverage
        items = (item for item in self.guest.interfaces if self.nic_of(item.name, item.mac) is nic)
        parts = (coverage.of(f"interfaces.{item.name}") for item in items)
        lacking = first_incomplete(coverage.addresses, *parts)
        if not lacking.complete:
            return lacking
        noise = noise_of(self.filter)
        own = (seen for seen in self.guest.addresses if self.nic_of(seen.interface, seen.mac) is nic)
        if any(_usable(seen.address) and not noise(seen.interface) for seen in own):
            return COMPLETE
        what = f"{self.guest.type}/{self.guest.vmid} shows no address on {nic.slot}"
        return Coverage(complete=False, reason=Incomplete.NIC_SILENT, detail=f"{what} ({nic.mac or 'no MAC'})")

    def of_mac(self, mac: str | None) -> Coverage:
        """Whether all is shown of the NIC with a MAC; of any other MAC, whether the answer is whole."""
        nic = self.nics.get(mac or "")
        return self.guest.coverage.addresses if nic is None else self.of_nic(nic)

    def of_address(self, nic: GuestNic, address: str) -> Coverage:
        """Whether an address is proven absent from a NIC: what is seen on a MAC of no NIC is not gone."""
        for seen in self.elsewhere:
            if host(seen.address) == address:
                where = f"on {seen.mac or 'an interface without a MAC'} ({seen.interface or 'unnamed'})"
                detail = f"{self.guest.type}/{self.guest.vmid} shows {address} {where}"
                return Coverage(complete=False, reason=Incomplete.SEEN_ELSEWHERE, detail=detail)
        return self.of_nic(nic)

    def of_interface(self, name: str, mac: str | None) -> Coverage:
        """Whether an interface is proven absent: each has a name, and all is shown of the NIC whose MAC it had."""
        names = self.guest.coverage.of("interfaces")
        if not names.complete:
            return names
        shown = {item.name for item in self.guest.interfaces}
        return self.guest.coverage.addresses if name in shown else self.of_mac(mac)


@cache
def _matching(globs: tuple[str, ...]) -> Callable[[str], object]:
    """Return a predicate: whether a name matches one of the globs."""
    return any_glob(globs)


def noise_of(addresses: AddressFilter) -> Callable[[str], object]:
    """Return a predicate: whether an interface inside a guest is not documented, by its name."""
    return _matching(addresses.skip_interfaces)


def is_skipped(addresses: AddressFilter, address: str) -> bool:
    """Whether an address is in a network that is not documented."""
    return _is_in(host(address), addresses.skip_networks)


@lru_cache(maxsize=100_000)
def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in _networks(networks))


@lru_cache(maxsize=64)
def _networks(texts: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]


def _usable(address: str) -> bool:
    found = ipaddress.ip_interface(address)
    return not (found.is_loopback or found.is_link_local)
