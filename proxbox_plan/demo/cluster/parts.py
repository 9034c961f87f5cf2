"""Parts of a generated cluster: frozen, in the notation of Proxmox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

GuestType = Literal["qemu", "lxc"]


@dataclass(frozen=True)
class DemoNic:
    """One network interface of a guest: its line in the configuration and what the guest itself reports."""

    mac: str
    model: str = "virtio"
    bridge: str | None = "vmbr0"
    tag: int | None = None
    trunks: str = ""
    mtu: int | None = None
    link_down: bool = False
    ip: str = ""
    """Static address with prefix, `dhcp`, or nothing."""
    gw: str = ""
    ip6: str = ""
    seen: tuple[str, ...] = ()
    """Addresses with prefix that the running guest reports on this interface."""


@dataclass(frozen=True)
class DemoDisk:
    """One drive line: `storage:volume,options,size=...`."""

    storage: str
    volume: str
    size: str = ""
    options: tuple[str, ...] = ()

    def line(self) -> str:
        """Return the line of the configuration."""
        volume = f"{self.storage}:{self.volume}" if self.storage else self.volume
        size = (f"size={self.size}",) if self.size else ()
        return ",".join((volume, *self.options, *size))


@dataclass(frozen=True)
class DemoGuest:
    """A virtual machine or container."""

    type: GuestType
    vmid: int
    node: str
    name: str
    uuid: str
    vmgenid: str
    created: int = 1_790_000_000
    """Of a virtual machine: seconds since 1970."""
    running: bool = True
    template: bool = False
    tags: tuple[str, ...] = ()
    pool: str | None = None
    lock: str | None = None
    hastate: str | None = None
    note: str = ""
    cores: int = 2
    sockets: int = 1
    memory: int = 2048
    ostype: str = "l26"
    onboot: bool = True
    agent: bool = True
    """The configuration enables the agent; it answers as long as the guest runs."""
    cloud_init: bool = False
    nics: dict[str, DemoNic] = field(default_factory=dict)
    disks: dict[str, DemoDisk] = field(default_factory=dict)
    extra: dict[str, str | int] = field(default_factory=dict)
    """Further configuration lines, as they are."""


@dataclass(frozen=True)
class DemoNode:
    """A host: its number decides its addresses."""

    name: str
    number: int
    online: bool = True
    cpus: int = 32
    memory: int = 256 * 1024**3
    location: str = ""
    """Its configured location."""
    open_vswitch: bool = False
    """It has an Open vSwitch bridge in addition to the Linux bridges."""
    vlan_bridges: tuple[int, ...] = ()
    """VLANs with a bridge of their own: vmbr40 over bond0.40."""

    @property
    def address(self) -> str:
        """Address in the management network."""
        return f"10.0.{self.number // 250}.{self.number % 250 + 10}"


@dataclass(frozen=True)
class DemoStorage:
    """A storage definition."""

    name: str
    type: str
    content: str
    shared: bool = False
    nodes: tuple[str, ...] = ()
    settings: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoSnapshot:
    """A snapshot of a guest; with a `state` it is being created or deleted."""

    name: str
    created: int
    parent: str = ""
    description: str = ""
    state: str = ""


@dataclass(frozen=True)
class DemoBackup:
    """A backup on a storage: an archive, or a snapshot on a Proxmox Backup Server."""

    volume: str
    """With its storage: `local:backup/vzdump-qemu-100-...`."""
    created: int
    size: int
    format: str
    type: GuestType
    vmid: int
    node: str = ""
    """Node of the storage; empty for a shared storage."""
    notes: str = ""
    protected: bool = False
    verification: str = ""

    @property
    def storage(self) -> str:
        """Storage it is on."""
        return self.volume.partition(":")[0]


@dataclass(frozen=True)
class DemoTask:
    """A finished task; `id` is the vmid for one about a guest."""

    node: str
    type: str
    id: str
    started: int
    ended: int
    user: str = "root@pam"
    status: str = "OK"
    pid: int = 4242
    pstart: int = 8_000_000

    @property
    def upid(self) -> str:
        """Its unique id in Proxmox."""
        return (
            f"UPID:{self.node}:{self.pid:08X}:{self.pstart:08X}:{self.started:08X}:{self.type}:{self.id}:{self.user}:"
        )


@dataclass(frozen=True)
class DemoReplication:
    """A replication job of a guest, with its status."""

    guest: int
    number: int
    target: str
    schedule: str = "*/15"
    rate: float | None = None
    comment: str = ""
    disabled: bool = False
    failures: int = 0
    error: str = ""

    @property
    def id(self) -> str:
        """Its name: vmid and number."""
        return f"{self.guest}-{self.number}"
