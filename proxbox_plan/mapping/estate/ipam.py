"""IPAM: what an IPAM of Proxmox keeps in this NetBox: its rows, and the subnets in which it gives addresses.

It remembers nothing but its rows. It finds an address and a prefix by `?q=` and takes the first hit, whatever the VRF,
and those of a NIC by the MAC address in their description. So its rows keep what it wrote, it alone deletes them, and
no row is made that it would find first, or that lets it fail to make its own.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from proxbox_plan.mapping.estate.inside import host
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.ipam_mark import DESCRIPTION, MAC, ipam_mark
from proxbox_plan.model.state.sdn import Sdn, SdnIpam, SdnSubnet, SdnVnet, SdnZone

_BUILT_IN: Final = frozenset({"", "pve"})  # it keeps its addresses in Proxmox
NETBOX: Final = "netbox"
_MAC: Final = re.compile(MAC)
_HOST: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Reservation:
    """An address that an IPAM of Proxmox has given, or the gateway of a subnet."""

    row: Row
    mac: str | None
    """Of the NIC it is for, in upper case; null for a gateway."""

    @property
    def text(self) -> str:
        """The address with its prefix length, as the IPAM wrote it."""
        return str(self.row.fields.get("address") or "")

    @property
    def title(self) -> str:
        """What it is for, for people."""
        return f"the NIC with the MAC address {self.mac}" if self.mac is not None else "the gateway of its subnet"


@dataclass(frozen=True, slots=True)
class ManagedSubnet:
    """A subnet whose addresses an IPAM of Proxmox keeps in this NetBox, or may."""

    network: _Network
    cluster: str
    vnet: str
    ipam: str
    gateway: str
    gives: bool
    """Whether it gives the NICs their addresses: only in a zone with DHCP."""


class Reservations:
    """The rows of an IPAM of Proxmox among the addresses that were read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Look at nothing yet."""
        self._rows = tuple(rows)

    def at(self, address: str) -> Reservation | None:
        """Return the one of a host, in the global table, where all of them are."""
        return self._by_host.get(address)

    def of(self, mac: str) -> Sequence[Reservation]:
        """Return those of a NIC."""
        return self._by_mac.get(mac, ())

    @cached_property
    def _by_host(self) -> Mapping[str, Reservation]:
        return {host(found.text): found for found in self._all}

    @cached_property
    def _by_mac(self) -> Mapping[str, list[Reservation]]:
        found: dict[str, list[Reservation]] = {}
        for item in self._all:
            if item.mac is not None:
                found.setdefault(item.mac, []).append(item)
        return found

    @cached_property
    def _all(self) -> Sequence[Reservation]:
        return [item for row in self._rows if row.fields.get("vrf") is None and (item := reservation_of(row))]


class ManagedSubnets:
    """The subnets of all clusters in which an IPAM of Proxmox works on this NetBox."""

    def __init__(self, subnets: Iterable[ManagedSubnet] = ()) -> None:
        """Take them in the order of the clusters and vnets."""
        self._subnets = tuple(subnets)

    def of_address(self, address: str) -> ManagedSubnet | None:
        """Return the subnet in which an IPAM may give an address, or of which it is the gateway."""
        found = (subnet for subnet in self._subnets if _is_in(address, subnet.network))
        return next((subnet for subnet in found if subnet.gives or subnet.gateway == host(address)), None)

    def within(self, network: str) -> ManagedSubnet | None:
        """Return the subnet that an IPAM would no longer find if there were such a prefix: it is in it, or the same."""
        wide = ipaddress.ip_network(network)
        return next((subnet for subnet in self._subnets if _is_in(str(subnet.network[0]), wide)), None)

    def is_managed(self, cluster: str, network: str) -> bool:
        """Whether a network is one of these, of this cluster."""
        own = ipaddress.ip_network(network, strict=False)
        return any(subnet.cluster == cluster and subnet.network == own for subnet in self._subnets)

    def gives_on(self, cluster: str, bridge: str | None) -> bool:
        """Whether an IPAM gives addresses to the NICs on a vnet."""
        return any(each.gives and (each.cluster, each.vnet) == (cluster, bridge) for each in self._subnets)

    def named_in(self, text: str) -> str | None:
        """Return by what in a text an IPAM would find it: a MAC address, or an address that it may give."""
        if not self._subnets:
            return None
        macs = (found[0] for found in _MAC.finditer(text))
        hosts = (found[0] for found in _HOST.finditer(text))
        return next(macs, None) or next((found for found in hosts if self._has(found)), None)

    def _has(self, text: str) -> bool:
        try:
            return any(_is_in(text, subnet.network) for subnet in self._subnets)
        except ValueError:
            return False


def reservation_of(row: Row) -> Reservation | None:
    """Return what an IPAM of Proxmox has given with a row; null for one that it did not make."""
    mark = ipam_mark(row.fields.get(DESCRIPTION), row.last_applied)
    return Reservation(row, mark.mac) if mark is not None else None


def managed_subnets(views: Iterable[ClusterView], url: str) -> ManagedSubnets:
    """Return the subnets whose IPAM works on the NetBox at `url`; one that was not read may."""
    return ManagedSubnets(subnet for view in views for subnet in _of_cluster(view, url))


def is_same(ipam: SdnIpam, url: str) -> bool:
    """Whether an IPAM is the NetBox at `url`, as far as host names tell; without one it may be."""
    return ipam.type == NETBOX and urlsplit(ipam.url).hostname in (None, urlsplit(url).hostname)


def _of_cluster(view: ClusterView, url: str) -> Iterator[ManagedSubnet]:
    sdn = view.cluster.sdn or Sdn()
    here = {ipam.name: is_same(ipam, url) for ipam in sdn.ipams}
    for vnet in sdn.vnets:
        zone = view.zones.get(vnet.zone)
        if zone is not None and zone.ipam not in _BUILT_IN and here.get(zone.ipam, True):
            yield from (_managed(view, zone, vnet, subnet) for subnet in vnet.subnets)


def _managed(view: ClusterView, zone: SdnZone, vnet: SdnVnet, subnet: SdnSubnet) -> ManagedSubnet:
    network = ipaddress.ip_network(subnet.cidr, strict=False)
    return ManagedSubnet(network, view.name, vnet.name, zone.ipam, subnet.gateway, bool(zone.dhcp))


def _is_in(address: str, network: _Network) -> bool:
    return ipaddress.ip_address(host(address)) in network
