"""Areas: parts of Proxmox and NetBox that the configuration switches on and off."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from proxbox_plan.model.base import Frozen


class TaskArea(Frozen):
    """How much of the task history is kept."""

    days: int = Field(default=30, ge=1, le=3650, description="Tasks that ended longer ago are not read.")
    most: int = Field(default=500, ge=1, le=100_000, description="Tasks of one node, newest first.")


class Areas(Frozen):
    """What is synced. What is switched off is out of scope: not read, not planned, never deleted."""

    node_interfaces: bool = Field(
        default=True, description="Bridges, bonds, VLANs and ports of the nodes. On: one call per node."
    )
    addresses: bool = Field(default=True, description="IP addresses of nodes and guests. On: what most people look up.")
    disks: bool = Field(default=True, description="Virtual disks. On: the configuration is read anyway.")
    plugin: bool = Field(
        default=True,
        description="All that only the plugin netbox-proxbox has a place for. On: where it runs, it is there for this.",
    )
    storages: bool = Field(default=True, description="Storage definitions (plugin). On: one call for a cluster.")
    backup_jobs: bool = Field(default=True, description="Backup jobs (plugin). On: one call for a cluster.")
    replications: bool = Field(
        default=True, description="Replication jobs and their state (plugin). On: one call for a cluster, one a node."
    )
    templates: bool = Field(default=True, description="Templates (plugin). On: their configuration is read anyway.")
    cloud_init: bool = Field(
        default=True, description="Cloud-init user and addresses (plugin). On: the configuration is read anyway."
    )
    guest_interfaces: bool = Field(
        default=True, description="Interfaces inside guests (plugin). On: the agent is asked for addresses anyway."
    )
    guest_os: bool = Field(
        default=False,
        description="Operating systems of virtual machines, as their guest agents say: the platform, and facts of "
        "rules. Off: one more call for every running one with the agent.",
    )
    guest_hostname: bool = Field(
        default=False,
        description="Host names inside virtual machines, as their guest agents say: facts of rules. Off: one more call "
        "for every running one with the agent.",
    )
    notes: bool = Field(
        default=False,
        description="Notes of nodes and of the datacenter, as comments of devices and clusters. Off: one more call for "
        "a cluster, and one a node before Proxmox VE 9.2.",
    )
    tag_colors: bool = Field(
        default=False,
        description="Colors of tags, from the datacenter's tag style, for tags that are created. Off: one more call "
        "for a cluster.",
    )
    sidecars: bool = Field(
        default=True, description="What netbox-proxbox's own pages show of our guests (plugin). On: costs no read."
    )
    snapshots: bool = Field(default=False, description="Snapshots (plugin). Off: one more call for every guest.")
    backups: bool = Field(
        default=False, description="Backups on storages (plugin). Off: slow listings, and many rows that change daily."
    )
    tasks: TaskArea | None = Field(
        default=None, description="Task history (plugin). Off: the table grows with every task."
    )
    firewall: bool = Field(
        default=False,
        description="Firewall of datacenter, nodes and guests (plugin). Off: security policy is not "
        "public, and four more calls for every guest.",
    )
    sdn: bool = Field(
        default=False,
        description="Software-defined networks: zones, vnets, subnets, ... (plugin), their L2VPNs, VLANs, prefixes "
        "and VRFs, and the VLANs of NICs on vnets. Off: these are often documented by hand.",
    )
    cpu_models: bool = Field(default=False, description="Custom CPU models (plugin). Off: few clusters have any.")

    def include(self, areas: Iterable[str]) -> bool:
        """Whether all of these areas are switched on."""
        return all(getattr(self, area) for area in areas)
