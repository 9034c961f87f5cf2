"""State: what Proxmox says, in Proxmox's own terms, and which parts of it are complete.

Nothing volatile is in it (no uptime, load or traffic) and no secret, so that the same cluster gives the same bytes.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import ClassVar, Final, Self

from pydantic import Field, model_validator

from proxbox_plan.core.moment import Moment
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.state.addresses import unreadable_addresses
from proxbox_plan.model.state.coverage import COMPLETE, NOT_READ, Coverage, Incomplete, first_incomplete
from proxbox_plan.model.state.datacenter import (
    GUEST_TYPES,
    BackupJob,
    CpuModel,
    GuestType,
    Replication,
    Seconds,
    Storage,
)
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.model.state.sdn import Sdn

__all__ = [
    "COMPLETE",
    "GUEST_TYPES",
    "NOT_READ",
    "AgentOs",
    "CloudInit",
    "Cluster",
    "ClusterCoverage",
    "Coverage",
    "Guest",
    "GuestAddress",
    "GuestCoverage",
    "GuestDisk",
    "GuestInterface",
    "GuestNic",
    "GuestType",
    "Incomplete",
    "Node",
    "NodeCoverage",
    "NodeInterface",
    "Snapshot",
    "State",
    "Storage",
    "Task",
]

_DATE: Final = re.compile(r"\d{8}", re.ASCII)  # the version of a rolling release


class GuestNic(Frozen):
    """One `netN` line of a guest's configuration."""

    slot: str = Field(description="Configuration key: net0, net1, ...")
    name: str = Field(description="Name inside a container (eth0); the slot itself for a VM.")
    model: str | None = Field(default=None, description="virtio, e1000, veth, ...")
    mac: str | None = Field(default=None, description="Upper case, colon separated.")
    bridge: str | None = None
    tag: int | None = Field(default=None, description="Untagged VLAN id, 1-4094.")
    trunks: tuple[tuple[int, int], ...] = Field(default=(), description="Inclusive ranges of tagged VLAN ids.")
    link_down: bool = False
    mtu: int | None = Field(default=None, description="Bytes; null when not set or inherited from the bridge.")
    addresses: tuple[str, ...] = Field(default=(), description="Static addresses with prefix length, canonical form.")
    gateways: tuple[str, ...] = ()


class GuestDisk(Frozen):
    """One volume of a guest that holds data (no CD-ROM, no cloud-init drive, no unused volume)."""

    slot: str = Field(description="Configuration key: scsi0, rootfs, mp0, ...")
    storage: str | None = Field(default=None, description="Storage id; null for a passed-through device.")
    volume: str = Field(default="", description="Volume as Proxmox names it, without the storage.")
    size_bytes: int | None = Field(default=None, description="Bytes; null when the configuration does not say.")
    format: str | None = Field(default=None, description="qcow2, raw, ... where Proxmox says it.")
    options: tuple[str, ...] = Field(default=(), description="Remaining options as `key=value`, sorted.")

    @property
    def is_bind_mount(self) -> bool:
        """Whether it is a directory of the node, mounted into a container: it has no size."""
        return self.volume.startswith("/") and not self.volume.startswith("/dev/") and self.slot.startswith("mp")


class GuestAddress(Frozen):
    """An address seen inside a running guest (agent or container), before any filter."""

    interface: str = Field(description="Name in the guest's operating system.")
    mac: str | None = None
    address: str = Field(
        description="Address with prefix length, canonical form; /32 or /128 when the length is not known."
    )


class GuestInterface(Frozen):
    """A network interface inside a running guest, as its operating system calls it."""

    name: str
    mac: str | None = Field(default=None, description="Upper case, colon separated.")


class AgentOs(Frozen):
    """The operating system inside a running virtual machine, as its guest agent says."""

    name: str = Field(description="Debian GNU/Linux, Windows Server, ...")
    version: str = Field(default="", description="12, 24.04, 2022; empty for one without versions.")

    @property
    def platform(self) -> str:
        """Name of its platform: with the version up to the second number, and without that of a rolling release."""
        version = ".".join(self.version.split(".")[:2])
        return self.name if _DATE.fullmatch(version) else f"{self.name} {version}".rstrip()


class Snapshot(Frozen):
    """A snapshot of a guest."""

    name: str
    created: Seconds | None = Field(default=None, description="Seconds since 1970, UTC (snaptime).")
    parent: str | None = None
    description: str = ""


class CloudInit(Frozen):
    """What cloud-init is told about a guest: no credentials."""

    user: str | None = None
    addresses: tuple[tuple[str, str], ...] = Field(default=(), description="ipconfigN lines by slot, sorted.")
    search_domain: str | None = None
    nameservers: tuple[str, ...] = ()


class GuestCoverage(Frozen):
    """Which parts of a guest are complete."""

    row: Coverage = Field(default=COMPLETE, description="Name, status, node, tags.")
    pool: Coverage = Field(default=COMPLETE, description="The pool it is in.")
    config: Coverage = Field(default=COMPLETE, description="Everything from the configuration, NICs and disks too.")
    addresses: Coverage = Field(default=COMPLETE, description="Interfaces and addresses seen inside the running guest.")
    agent_os: Coverage = Field(default=NOT_READ, description="Complete for a container, which has no agent.")
    agent_hostname: Coverage = Field(default=NOT_READ, description="Likewise.")
    snapshots: Coverage = NOT_READ
    values: tuple[tuple[str, Coverage], ...] = Field(
        default=(),
        description="Single values that an answer lacks, sorted: `disks.scsi0.size_bytes`, `interfaces`, ...",
    )

    @property
    def agent(self) -> Coverage:
        """Whether the guest agent said all that was requested of operating system and host name."""
        return first_incomplete(*(one for one in (self.agent_os, self.agent_hostname) if one != NOT_READ))

    def of(self, value: str) -> Coverage:
        """Return the coverage of a single value, by its path in the guest."""
        return next((coverage for name, coverage in self.values if name == value), COMPLETE)


class Guest(Frozen):
    """A virtual machine or container."""

    type: GuestType
    vmid: int
    node: str = Field(description="Node it is on now.")
    name: str | None = None
    status: str = Field(description="running, stopped, paused, ... as Proxmox says; `unknown` is never acted on.")
    template: bool = False
    lock: str | None = None
    tags: tuple[str, ...] = Field(default=(), description="Sorted, without duplicates.")
    pool: str | None = None
    hastate: str | None = None
    uuid: str | None = Field(default=None, description="smbios1 uuid: with vmgenid the fingerprint of the guest.")
    vmgenid: str | None = None
    created: Seconds | None = Field(
        default=None,
        description="Seconds since 1970, UTC (ctime of `meta`): a clone and a restored VM have their origin's; "
        "null for a container and a VM from before Proxmox VE 7.1.",
    )
    vcpus: float | None = Field(default=None, description="CPUs the guest may use; null when unlimited or unknown.")
    memory_mib: int | None = None
    ostype: str | None = None
    onboot: bool = False
    agent: bool = Field(default=False, description="The configuration enables the guest agent.")
    description: str = Field(default="", description="The note, decoded, without trailing white space.")
    nics: tuple[GuestNic, ...] = ()
    disks: tuple[GuestDisk, ...] = ()
    addresses: tuple[GuestAddress, ...] = ()
    interfaces: tuple[GuestInterface, ...] = Field(default=(), description="Inside the running guest, sorted by name.")
    agent_os: AgentOs | None = Field(default=None, description="Null for a container, and where it is not known.")
    agent_hostname: str | None = Field(
        default=None, description="Host name inside, as the guest agent says; null likewise."
    )
    unprivileged: bool | None = Field(default=None, description="Of a container.")
    search_domain: str | None = Field(default=None, description="Of a container.")
    cpu_type: str | None = Field(default=None, description="First word of `cpu`: host, x86-64-v2-AES, ...")
    cloud_init: CloudInit | None = Field(default=None, description="Null for a guest without a cloud-init drive.")
    snapshots: tuple[Snapshot, ...] = Field(default=(), description="Sorted by name, without `current`.")
    firewall: Ruleset | None = Field(default=None, description="Null when it was not requested.")
    coverage: GuestCoverage = GuestCoverage()


class NodeInterface(Frozen):
    """One interface of a node's network configuration."""

    name: str
    type: str = Field(description="bridge, bond, eth, vlan, alias, OVSBridge, ... as Proxmox says.")
    active: bool = False
    mtu: int | None = None
    mac: str | None = None
    altnames: tuple[str, ...] = Field(default=(), description="Other names of a physical port, from PVE 9 on.")
    ports: tuple[str, ...] = Field(default=(), description="Members of a bridge.")
    slaves: tuple[str, ...] = Field(default=(), description="Members of a bond.")
    vlan_id: int | None = None
    vlan_raw_device: str | None = None
    trunks: tuple[tuple[int, int], ...] = Field(
        default=(), description="Inclusive ranges of tagged VLAN ids: of a VLAN-aware bridge, or of an OVS port."
    )
    vlan_aware: bool = False
    ovs_bridge: str | None = Field(default=None, description="The OVS bridge this port belongs to.")
    addresses: tuple[str, ...] = Field(default=(), description="Addresses with prefix length, canonical form.")
    gateways: tuple[str, ...] = ()
    comments: str = ""


class Task(Frozen):
    """A finished task about a guest."""

    upid: str
    node: str
    vmid: int | None = None
    type: str = Field(description="vzdump, qmstart, ...")
    id: str = Field(default="", description="What it was about, as Proxmox says: mostly the vmid.")
    user: str
    pid: int | None = None
    pstart: int | None = None
    started: Seconds = Field(description="Seconds since 1970, UTC.")
    ended: Seconds | None = None
    status: str = Field(default="", description="OK, or what went wrong.")


class NodeCoverage(Frozen):
    """Which parts of a node are complete."""

    membership: Coverage = Field(default=COMPLETE, description="Online, address, id, support level.")
    listing: Coverage = Field(default=COMPLETE, description="Fingerprint of its certificate.")
    status: Coverage = Field(default=COMPLETE, description="Version, CPU, memory.")
    config: Coverage = Field(default=COMPLETE, description="Location.")
    network: Coverage = COMPLETE
    tasks: Coverage = NOT_READ
    notes: Coverage = Field(default=NOT_READ, description="Its note.")


class Node(Frozen):
    """A Proxmox VE host."""

    HOLDS_MANY: ClassVar[bool] = True
    name: str
    online: bool
    address: str | None = Field(default=None, description="Cluster network address from cluster/status.")
    version: str | None = Field(default=None, description="9.2.11")
    cpu_model: str | None = None
    cpus: int | None = Field(default=None, description="Logical CPUs.")
    memory_mib: int | None = None
    interfaces: tuple[NodeInterface, ...] = ()
    id: int | None = Field(default=None, description="nodeid in the cluster; 0 when standalone.")
    ssl_fingerprint: str | None = Field(default=None, description="Of its certificate, SHA-256.")
    support_level: str = Field(default="", description="Level of its subscription: c, b, s, p; empty without one.")
    location: str = Field(default="", description="From its configuration, Proxmox VE 9.2 and newer.")
    description: str = Field(default="", description="Its note, where `scope.notes` is on.")
    tasks: tuple[Task, ...] = Field(default=(), description="Newest first.")
    firewall: Ruleset | None = Field(default=None, description="Null when it was not requested.")
    coverage: NodeCoverage = NodeCoverage()


class ClusterCoverage(Frozen):
    """Whether the lists of a cluster are complete: only then does a missing row prove a missing object."""

    status: Coverage = Field(default=COMPLETE, description="Its name, whether it is standalone, its members' version.")
    nodes: Coverage = COMPLETE
    guests: Coverage = COMPLETE
    storages: Coverage = COMPLETE
    replications: Coverage = NOT_READ
    backup_jobs: Coverage = NOT_READ
    cpu_models: Coverage = NOT_READ
    notes: Coverage = Field(default=NOT_READ, description="The note of the datacenter.")
    tag_colors: Coverage = NOT_READ


class TagColor(Frozen):
    """The color of a tag, as Proxmox shows it."""

    name: str
    color: str = Field(description="Of the background: six lower-case hexadecimal digits, as NetBox has it.")


class Cluster(Frozen):
    """One configured Proxmox cluster or standalone node."""

    HOLDS_MANY: ClassVar[bool] = True
    name: str = Field(description="Name in proxbox.yaml: the first part of every key.")
    proxmox_name: str | None = Field(default=None, description="Name the cluster gives itself; null when standalone.")
    standalone: bool = False
    version: str | None = None
    nodes: tuple[Node, ...] = ()
    storages: tuple[Storage, ...] = ()
    guests: tuple[Guest, ...] = Field(default=(), description="Sorted by type and vmid.")
    config_version: int | None = Field(default=None, description="Of the cluster's membership; null when standalone.")
    quorate: bool = True
    replications: tuple[Replication, ...] = Field(default=(), description="Sorted by id.")
    backup_jobs: tuple[BackupJob, ...] = Field(default=(), description="Sorted by id.")
    cpu_models: tuple[CpuModel, ...] = Field(default=(), description="Sorted by name.")
    description: str = Field(default="", description="Note of the datacenter, where `scope.notes` is on.")
    tag_colors: tuple[TagColor, ...] = Field(
        default=(), description="Of its tag style, where `scope.tag_colors` is on; sorted by name."
    )
    firewall: Ruleset | None = Field(default=None, description="Null when it was not requested.")
    sdn: Sdn | None = Field(default=None, description="Null when it was not requested.")
    coverage: ClusterCoverage = ClusterCoverage()


class State(Document):
    """What Proxmox says."""

    KIND: ClassVar[str] = "state"
    UNSEALED: ClassVar[frozenset[str]] = Document.UNSEALED | {"collected"}
    clusters: tuple[Cluster, ...] = Field(default=(), description="Sorted by name.")
    collected: dict[str, Moment] = Field(
        default_factory=dict,
        description="Cluster -> when reading it began: UTC, `2026-11-21T07:30:00Z`; not in the digest.",
    )
    redacted: bool = Field(default=False, description="Notes and addresses are hidden: it cannot be planned.")

    @model_validator(mode="after")
    def _has_addresses(self) -> Self:
        """ValueError names what is no address; those of a redacted state are hidden."""
        wrong = () if self.redacted else (found for one in self.clusters for found in unreadable_addresses(one))
        if some := "; ".join(islice(wrong, 3)):
            raise ValueError(some)
        return self
