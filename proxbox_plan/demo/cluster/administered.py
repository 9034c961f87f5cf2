"""A cluster that is changed as an administrator changes a real one: its tables, and a verb for each change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from proxbox_plan.demo.cluster.network_parts import DemoFirewall, DemoSdn
from proxbox_plan.demo.cluster.parts import (
    DemoBackup,
    DemoDisk,
    DemoGuest,
    DemoNic,
    DemoNode,
    DemoReplication,
    DemoSnapshot,
    DemoStorage,
    DemoTask,
)

AUDITOR = (
    "Datastore.Audit",
    "Mapping.Audit",
    "Pool.Audit",
    "SDN.Audit",
    "Sys.Audit",
    "VM.Audit",
    "VM.GuestAgent.Audit",
)
DATACENTER = "cluster"
TABLES = (
    "nodes",
    "storages",
    "guests",
    "snapshots",
    "backups",
    "replications",
    "backup_jobs",
    "cpu_models",
    "firewalls",
)


@dataclass
class AdministeredCluster:
    """All data the server needs to answer like a cluster. Its parts are frozen; its tables may be changed."""

    name: str
    version: str = "9.2.11"
    standalone: bool = False
    quorate: bool = True
    note: str = ""
    """Of the datacenter."""
    tag_colors: str = "prod:ff0000"
    """Color map of its tag style."""
    nodes: dict[str, DemoNode] = field(default_factory=dict)
    storages: dict[str, DemoStorage] = field(default_factory=dict)
    guests: dict[int, DemoGuest] = field(default_factory=dict)
    privileges: tuple[str, ...] = AUDITOR
    """Privileges of the token on /."""
    snapshots: dict[int, tuple[DemoSnapshot, ...]] = field(default_factory=dict)
    """Oldest first, by vmid."""
    backups: dict[tuple[str, str], DemoBackup] = field(default_factory=dict)
    """By volume and node."""
    tasks: tuple[DemoTask, ...] = ()
    replications: dict[str, DemoReplication] = field(default_factory=dict)
    backup_jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Rows as Proxmox writes them, by id; the same with the CPU models."""
    cpu_models: dict[str, dict[str, Any]] = field(default_factory=dict)
    firewalls: dict[str, DemoFirewall] = field(default_factory=dict)
    """By place: DATACENTER, the name of a node, the vmid of a guest."""
    sdn: DemoSdn = field(default_factory=DemoSdn)

    def copy(self) -> Self:
        """Return a description that can be changed without changing this one."""
        tables: dict[str, Any] = {name: dict(getattr(self, name)) for name in TABLES}
        return replace(self, **tables)

    def change(self, vmid: int, **fields: Any) -> DemoGuest:
        """Set any fields of one guest and return it as it is now."""
        self.guests[vmid] = replace(self.guests[vmid], **fields)
        return self.guests[vmid]

    def add_guest(self, guest: DemoGuest) -> None:
        """Create a guest, or replace the one with its vmid."""
        self.guests[guest.vmid] = guest

    def delete_guest(self, vmid: int) -> None:
        """Destroy a guest."""
        del self.guests[vmid]

    def rename(self, vmid: int, name: str) -> None:
        """Give a guest another name."""
        self.change(vmid, name=name)

    def set_power(self, vmid: int, *, running: bool) -> None:
        """Start or stop a guest."""
        self.change(vmid, running=running)

    def set_cores(self, vmid: int, cores: int) -> None:
        """Set the cores per socket."""
        self.change(vmid, cores=cores)

    def set_memory(self, vmid: int, mib: int) -> None:
        """Set the memory in MiB."""
        self.change(vmid, memory=mib)

    def set_tags(self, vmid: int, *tags: str) -> None:
        """Replace the tags."""
        self.change(vmid, tags=tags)

    def set_note(self, vmid: int, note: str) -> None:
        """Replace the note."""
        self.change(vmid, note=note)

    def migrate(self, vmid: int, node: str) -> None:
        """Move a guest to another node."""
        self.change(vmid, node=self.nodes[node].name)

    def resize_disk(self, vmid: int, slot: str, size: str) -> None:
        """Set the size of a disk, in Proxmox's notation (`32G`)."""
        disks = self.guests[vmid].disks
        self.change(vmid, disks={**disks, slot: replace(disks[slot], size=size)})

    def add_disk(self, vmid: int, slot: str, disk: DemoDisk) -> None:
        """Attach a disk."""
        self.change(vmid, disks={**self.guests[vmid].disks, slot: disk})

    def remove_disk(self, vmid: int, slot: str) -> None:
        """Detach and destroy a disk."""
        self.change(vmid, disks={key: disk for key, disk in self.guests[vmid].disks.items() if key != slot})

    def add_nic(self, vmid: int, nic: DemoNic, slot: str | None = None) -> str:
        """Add an interface in the first free slot, or the given one, and return the slot."""
        nics = self.guests[vmid].nics
        free = slot or next(f"net{number}" for number in range(len(nics) + 1) if f"net{number}" not in nics)
        self.change(vmid, nics={**nics, free: nic})
        return free

    def remove_nic(self, vmid: int, slot: str) -> None:
        """Remove an interface."""
        self.change(vmid, nics={key: nic for key, nic in self.guests[vmid].nics.items() if key != slot})

    def set_vlan(self, vmid: int, slot: str, tag: int | None) -> None:
        """Put an interface into another VLAN, or into none."""
        nics = self.guests[vmid].nics
        self.change(vmid, nics={**nics, slot: replace(nics[slot], tag=tag)})

    def change_ip(self, vmid: int, slot: str, address: str) -> None:
        """Replace the address (with prefix) of an interface: the static one, if any, and the reported one."""
        nics = self.guests[vmid].nics
        nic = nics[slot]
        static = address if nic.ip not in {"", "dhcp"} else nic.ip
        self.change(vmid, nics={**nics, slot: replace(nic, ip=static, seen=(address, *nic.seen[1:]))})

    def take_node_offline(self, node: str) -> None:
        """Take a node offline: its paths answer 595, and its guests' rows keep only their id."""
        self.nodes[node] = replace(self.nodes[node], online=False)

    def bring_node_online(self, node: str) -> None:
        """Bring a node back online."""
        self.nodes[node] = replace(self.nodes[node], online=True)

    def add_snapshot(self, vmid: int, snapshot: DemoSnapshot) -> None:
        """Take a snapshot of a guest."""
        self.snapshots[vmid] = (*self.snapshots.get(vmid, ()), snapshot)

    def remove_snapshot(self, vmid: int, name: str) -> None:
        """Delete a snapshot of a guest."""
        self.snapshots[vmid] = tuple(each for each in self.snapshots.get(vmid, ()) if each.name != name)

    def add_backup(self, backup: DemoBackup) -> None:
        """Add a backup to its storage."""
        self.backups[backup.volume, backup.node] = backup

    def remove_backup(self, volume: str) -> None:
        """Delete a backup."""
        self.backups = {key: backup for key, backup in self.backups.items() if backup.volume != volume}

    def add_task(self, task: DemoTask) -> None:
        """Add a finished task."""
        self.tasks = (*self.tasks, task)

    def add_replication(self, job: DemoReplication) -> None:
        """Add or replace a replication job."""
        self.replications[job.id] = job

    def remove_replication(self, job: str) -> None:
        """Delete a replication job."""
        del self.replications[job]

    def set_backup_job(self, job: str, **fields: Any) -> None:
        """Add a backup job or set further fields of one, with Proxmox's field names."""
        self.backup_jobs[job] = {"id": job, "type": "vzdump", **self.backup_jobs.get(job, {}), **fields}

    def remove_backup_job(self, job: str) -> None:
        """Delete a backup job."""
        del self.backup_jobs[job]

    def set_firewall(self, place: str, firewall: DemoFirewall) -> None:
        """Set the firewall of the datacenter, a node or a guest."""
        self.firewalls[place] = firewall

    def change_sdn(self, **tables: Any) -> None:
        """Replace tables of the software-defined networking."""
        self.sdn = replace(self.sdn, **tables)
