"""The IPAM of Proxmox that keeps its addresses in a NetBox, as its documented requests are.

It has no memory of its own: a prefix and an address are the first that `?q=` finds, and those of a NIC are the ones
whose description has its MAC address.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import Any

from proxbox_plan.demo.cluster import ClusterDescription, DemoSdn
from tests.end_to_end.stage import Stage

TOKEN = "0123456789planted0ipam00v10token0abcdef0"  # of the IPAM, which every auditor of Proxmox is shown
ADDRESSES, PREFIXES = "ipam/ip-addresses", "ipam/prefixes"


class FailedError(Exception):
    """Proxmox cannot do what it was asked to: its IPAM failed."""


@dataclass(frozen=True)
class ProxmoxIpam:
    """The IPAM of one subnet with DHCP."""

    stage: Stage
    cidr: str

    def add_subnet(self) -> None:
        """Make the prefix, and the address of its gateway."""
        if self._first(PREFIXES, q=self._network) is not None:
            raise FailedError(f"prefix {self.cidr} already exists in netbox")
        self.stage.ask("POST", f"{PREFIXES}/", {"prefix": self.cidr})
        self.add(self.gateway, "", "gateway")

    @property
    def gateway(self) -> str:
        """The first address."""
        return str(ipaddress.ip_network(self.cidr)[1])

    def give(self, mac: str, name: str) -> str:
        """Give a NIC the next free address of the subnet."""
        prefix = self._first(PREFIXES, q=self._network)
        if prefix is None:
            raise FailedError(f"no prefix {self.cidr}")
        taken = {row["address"].partition("/")[0] for row in self.stage.netbox(ADDRESSES, vrf_id="null")}
        inside = ipaddress.ip_network(prefix["prefix"])
        free = next(str(host) for host in inside.hosts() if str(host) not in taken)
        self.add(free, name, f"mac:{mac}")
        return free

    def add(self, address: str, name: str, description: str) -> None:
        """Make one address; NetBox refuses one that it has."""
        length = ipaddress.ip_network(self.cidr).prefixlen
        body = {"address": f"{address}/{length}", "dns_name": name, "description": description}
        try:
            self.stage.ask("POST", f"{ADDRESSES}/", body)
        except AssertionError as error:
            raise FailedError(f"{address} already exists") from error

    def rename(self, mac: str, name: str) -> None:
        """Write the rows of a NIC anew, as Proxmox does when its guest is renamed."""
        length = ipaddress.ip_network(self.cidr).prefixlen
        for address in self.of(mac):
            body = {"address": f"{address}/{length}", "dns_name": name, "description": f"mac:{mac}"}
            self.stage.ask("PATCH", f"{ADDRESSES}/{self.row(address)['id']}/", body)

    def free(self, mac: str) -> None:
        """Delete the addresses of a NIC that is removed."""
        for address in self.of(mac):
            self.stage.ask("DELETE", f"{ADDRESSES}/{self.row(address)['id']}/")

    def of(self, mac: str) -> list[str]:
        """Return the addresses of a NIC, as Proxmox finds them: the first one of each family."""
        found = [row["address"].partition("/")[0] for row in self.stage.netbox(ADDRESSES, description__ic=mac)]
        return found[:1]

    def row(self, address: str) -> dict[str, Any]:
        """Return what Proxmox takes for an address."""
        found = self._first(ADDRESSES, q=address)
        assert found is not None
        return found

    def rows(self) -> dict[str, tuple[str, str]]:
        """Return the name and description of each address in its subnet."""
        found = self.stage.netbox(ADDRESSES, parent=self.cidr)
        return {row["address"]: (row["dns_name"], row["description"]) for row in found}

    @property
    def _network(self) -> str:
        return self.cidr.partition("/")[0]

    def _first(self, path: str, **query: str) -> dict[str, Any] | None:
        found = self.stage.netbox(path, **query)
        return found[0] if found else None


def with_ipam(cluster: ClusterDescription, cidr: str, url: str, vnet: str = "dnet") -> ClusterDescription:
    """Let a cluster have a zone with DHCP, whose addresses an IPAM keeps in the NetBox at `url`."""
    cluster.sdn = DemoSdn(
        zones={"dz": {"type": "simple", "ipam": "nb", "dhcp": "dnsmasq"}},
        vnets={vnet: {"type": "vnet", "zone": "dz"}},
        subnets={vnet: (cidr,)},
        ipams={"nb": {"type": "netbox", "url": f"{url}/api", "token": TOKEN}},
    )
    return cluster


def on_vnet(cluster: ClusterDescription, vmid: int, vnet: str = "dnet", *seen: str) -> str:
    """Put the first NIC of a guest on a vnet, where it shows these addresses; return its MAC address."""
    nic = cluster.guests[vmid].nics["net0"]
    changed = replace(nic, bridge=vnet, tag=None, trunks="", ip="dhcp" if nic.ip else "", gw="", ip6="", seen=seen)
    cluster.change(vmid, nics={"net0": changed})
    return nic.mac
