"""Facts: what the templates of rules may read about a guest, a node, a cluster and an address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar, Self

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state import Cluster, Guest, GuestNic, Node, NodeInterface, vlans

LONGEST = 10_000  # characters of a text: Proxmox allows 8 KiB, a hostile one sends anything


class GuestFacts(Frozen):
    """`guest`: a virtual machine or container."""

    # Read from the configuration, which may be unread while the guest itself is known.
    LATER: ClassVar[frozenset[str]] = frozenset(
        {"os", "description", "vcpus", "memory_mib", "onboot", "agent", "vlans", "bridges"}
    )
    # Read from the guest agent, while these areas are on.
    ASKED: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"agent_os": "guest_os", "agent_version": "guest_os", "agent_hostname": "guest_hostname"}
    )

    name: str = Field(description="Its name.")
    hostname: str = Field(description="The name up to its first dot.")
    domain: str = Field(description="The name after its first dot; empty when it has none.")
    vmid: int = Field(description="Its number.")
    type: str = Field(description="`qemu` or `lxc`.")
    node: str = Field(description="Node it is on.")
    status: str = Field(description="`running`, `stopped`, `paused`, ...")
    tags: tuple[str, ...] = Field(description="Its tags, sorted.")
    pool: str = Field(description="Its resource pool; empty without one.")
    ha: str = Field(description="State of high availability; empty without it.")
    os: str = Field(description="Its `ostype`; empty when the configuration has none.")
    description: str = Field(description="Its note.")
    vcpus: float | None = Field(description="CPUs it may use; none when unlimited.")
    memory_mib: int | None = Field(description="Memory in MiB.")
    onboot: bool = Field(description="Whether it starts with its node.")
    agent: bool = Field(description="Whether the guest agent is enabled.")
    agent_os: str = Field(
        description="Name of its operating system, as its guest agent says (`scope.guest_os`): `Debian GNU/Linux`, "
        "`Windows Server`; empty for a container."
    )
    agent_version: str = Field(
        description="Version of it, whole (`scope.guest_os`): `12`, `24.04`, `2022`; empty without one."
    )
    agent_hostname: str = Field(
        description="Host name inside, as its guest agent says (`scope.guest_hostname`); empty for a container."
    )
    vlans: tuple[int, ...] = Field(description="VLAN ids of its NICs, by tag, vnet or bridge; sorted.")
    bridges: tuple[str, ...] = Field(description="Bridges of its NICs, sorted.")

    @classmethod
    def of(cls, guest: Guest, vids: Iterable[int] = ()) -> Self:
        """Return the facts about a guest, with the VLANs of its NICs."""
        name = (guest.name or "")[:LONGEST]
        hostname, _, domain = name.partition(".")
        return cls(
            name=name,
            hostname=hostname,
            domain=domain,
            vmid=guest.vmid,
            type=guest.type,
            node=guest.node,
            status=guest.status,
            tags=guest.tags,
            pool=guest.pool or "",
            ha=guest.hastate or "",
            os=guest.ostype or "",
            description=guest.description[:LONGEST],
            vcpus=guest.vcpus,
            memory_mib=guest.memory_mib,
            onboot=guest.onboot,
            agent=guest.agent,
            agent_os=guest.agent_os.name if guest.agent_os else "",
            agent_version=guest.agent_os.version if guest.agent_os else "",
            agent_hostname=guest.agent_hostname or "",
            vlans=tuple(sorted(vids)),
            bridges=tuple(sorted({nic.bridge for nic in guest.nics if nic.bridge})),
        )


class NodeFacts(Frozen):
    """`node`: a Proxmox VE host."""

    # By what they are read from, each of which may be unread: the cluster, the node itself, its configuration.
    FROM_MEMBERSHIP: ClassVar[frozenset[str]] = frozenset({"online", "address"})
    FROM_STATUS: ClassVar[frozenset[str]] = frozenset({"version", "cpu", "cpus", "memory_mib"})
    FROM_CONFIG: ClassVar[frozenset[str]] = frozenset({"location"})

    name: str = Field(description="Its name.")
    online: bool = Field(description="Whether it is online.")
    address: str = Field(description="Its address in the cluster's network; empty when unknown.")
    version: str = Field(description="Version of Proxmox VE: `9.2.11`.")
    cpu: str = Field(description="Model of its CPU.")
    cpus: int | None = Field(description="Logical CPUs.")
    memory_mib: int | None = Field(description="Memory in MiB.")
    location: str = Field(description="Location from its configuration (Proxmox VE 9.2 and newer).")

    @classmethod
    def of(cls, node: Node) -> Self:
        """Return the facts about a node."""
        return cls(
            name=node.name,
            online=node.online,
            address=node.address or "",
            version=node.version or "",
            cpu=(node.cpu_model or "")[:LONGEST],
            cpus=node.cpus,
            memory_mib=node.memory_mib,
            location=node.location[:LONGEST],
        )

    @classmethod
    def unknown_of(cls, node: Node) -> frozenset[str]:
        """Return the facts that were not read."""
        coverage = node.coverage
        sources = (
            (coverage.membership, cls.FROM_MEMBERSHIP),
            (coverage.status, cls.FROM_STATUS),
            (coverage.config, cls.FROM_CONFIG),
        )
        found = frozenset(name for source, names in sources if not source.complete for name in names)
        return found if node.address else found | {"address"}  # omitted when its name cannot be resolved just now


class ClusterFacts(Frozen):
    """`cluster`: the Proxmox cluster, or the standalone node."""

    FROM_STATUS: ClassVar[frozenset[str]] = frozenset({"proxmox_name", "standalone"})

    name: str = Field(description="Its name in this configuration.")
    proxmox_name: str = Field(description="The name it gives itself; empty for a standalone node.")
    standalone: bool = Field(description="Whether it is a node without a cluster.")
    version: str = Field(description="Version of Proxmox VE; empty when unknown.")
    site: str = Field(description="Its site in this configuration.")
    tenant: str = Field(description="Its tenant in this configuration; empty without one.")

    @classmethod
    def of(cls, cluster: Cluster, *, site: str, tenant: str | None) -> Self:
        """Return the facts about a cluster, with the site and tenant of the configuration."""
        return cls(
            name=cluster.name,
            proxmox_name=(cluster.proxmox_name or "")[:LONGEST],
            standalone=cluster.standalone,
            version=cluster.version or "",
            site=site,
            tenant=tenant or "",
        )

    @classmethod
    def unknown_of(cls, cluster: Cluster) -> frozenset[str]:
        """Return the facts that were not read."""
        return frozenset() if cluster.coverage.status.complete else cls.FROM_STATUS


class AddressFacts(Frozen):
    """`address`: an IP address of a guest or a node."""

    # Read from inside the guest, which may not show how long the prefix is.
    LATER: ClassVar[frozenset[str]] = frozenset({"prefix", "prefix_length"})

    ip: str = Field(description="The address itself: `10.20.0.5`.")
    prefix: str = Field(description="Its network: `10.20.0.0/24`.")
    prefix_length: int = Field(description="Length of its prefix: 24.")
    family: int = Field(description="4 or 6.")
    interface: str = Field(description="Interface it is on: `net0`, `eth0` of a container, `vmbr0` of a node.")
    vlan: int | None = Field(description="Untagged VLAN id of that interface, by tag, vnet or bridge.")
    guest: str = Field(description="Name of the guest that has it; empty for an address of a node.")
    hostname: str = Field(description="Name of that guest, or of the node, up to its first dot.")
    node: str = Field(description="Node that has it, or that its guest is on.")

    @classmethod
    def of_guest(cls, address: str, guest: Guest, nic: GuestNic, vid: int | None) -> Self:
        """Return the facts about an address of a guest, with the VLAN of its NIC."""
        name = (guest.name or "")[:LONGEST]
        return cls._of(address, nic.name, vid, guest=name, hostname=name.partition(".")[0], node=guest.node)

    @classmethod
    def of_node(cls, address: str, node: Node, interface: NodeInterface) -> Self:
        """Return the facts about an address of a node."""
        hostname = node.name.partition(".")[0]
        vid = vlans.of_interface(node, interface)
        return cls._of(address, interface.name, vid, guest="", hostname=hostname, node=node.name)

    @classmethod
    def _of(  # noqa: PLR0913 # each argument is a fact
        cls, address: str, interface: str, vlan: int | None, *, guest: str, hostname: str, node: str
    ) -> Self:
        found = ipaddress.ip_interface(address)
        return cls(
            ip=str(found.ip),
            prefix=str(found.network),
            prefix_length=found.network.prefixlen,
            family=found.version,
            interface=interface,
            vlan=vlan,
            guest=guest,
            hostname=hostname,
            node=node,
        )
