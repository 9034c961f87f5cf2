"""The part of the state that belongs to the datacenter: storages with their backups, jobs, CPU models."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state.coverage import COMPLETE, NOT_READ, Coverage

GuestType = Literal["qemu", "lxc"]
GUEST_TYPES: Final = frozenset(get_args(GuestType))
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]  # since 1970, UTC; up to the year 9999
Retention = tuple[tuple[str, int], ...]


class Backup(Frozen):
    """One backup on a storage: a vzdump archive, or a snapshot on a Proxmox Backup Server."""

    volume: str = Field(description="Volume id with its storage: local:backup/vzdump-qemu-100-...")
    node: str | None = Field(default=None, description="Node it lies on; null on a shared storage.")
    vmid: int | None = Field(default=None, description="Guest it is of; null for a name that does not say.")
    type: GuestType | None = None
    created: Seconds | None = Field(default=None, description="Seconds since 1970, UTC (ctime).")
    size_bytes: int | None = None
    format: str | None = Field(default=None, description="vma.zst, tar.zst, pbs-vm, ... as Proxmox says.")
    notes: str = ""
    protected: bool = False
    encrypted: str | None = Field(default=None, description="Fingerprint of the key, or 1.")
    verification: str | None = Field(default=None, description="ok, failed; null when never verified.")
    verification_upid: str | None = None


class Storage(Frozen):
    """A storage definition of the datacenter, without secrets, and the backups on it."""

    name: str
    type: str
    content: tuple[str, ...] = ()
    shared: bool = False
    enabled: bool = True
    nodes: tuple[str, ...] = Field(default=(), description="Nodes it is restricted to; empty for all.")
    path: str | None = None
    server: str | None = None
    port: int | None = None
    username: str | None = None
    export: str | None = None
    share: str | None = None
    pool: str | None = None
    monhost: str | None = None
    namespace: str | None = None
    datastore: str | None = None
    subdir: str | None = None
    mountpoint: str | None = None
    is_mountpoint: str | None = None
    preallocation: str | None = None
    format: str | None = None
    prune_backups: Retention = Field(default=(), description="keep-* pairs, sorted.")
    max_protected_backups: int | None = None
    backups: tuple[Backup, ...] = Field(default=(), description="Sorted by volume.")
    backups_coverage: Coverage = Field(
        default=NOT_READ, description="Complete when every node that has backups of its own on it was listed."
    )


class Replication(Frozen):
    """A storage replication job of a guest."""

    id: str = Field(description="100-0")
    guest: int
    jobnum: int
    type: str = "local"
    source: str | None = None
    target: str
    schedule: str = ""
    rate: float | None = Field(default=None, description="MB/s.")
    comment: str = ""
    enabled: bool = True
    remove_job: str | None = Field(default=None, description="local or full, when it is being removed.")
    fail_count: int | None = Field(default=None, description="Failures in a row; null when its node did not say.")
    error: str | None = None
    coverage: Coverage = Field(default=COMPLETE, description="Whether its node said its source and its failures.")


class BackupJob(Frozen):
    """A vzdump job of the datacenter."""

    id: str
    enabled: bool = True
    schedule: str = ""
    node: str | None = Field(default=None, description="Only guests on this node.")
    storage: str | None = None
    vmids: tuple[int, ...] = Field(default=(), description="Guests it names, sorted.")
    all: bool = False
    exclude: tuple[int, ...] = ()
    pool: str | None = None
    mode: str | None = Field(default=None, description="snapshot, suspend or stop.")
    compress: str | None = None
    comment: str = ""
    notes_template: str = ""
    retention: Retention = Field(default=(), description="keep-* pairs, sorted.")
    bwlimit: int | None = Field(default=None, description="KiB/s.")
    zstd: int | None = None
    io_workers: int | None = None
    fleecing: bool = False
    fleecing_storage: str | None = None
    repeat_missed: bool | None = None
    pbs_change_detection_mode: str | None = None


class CpuModel(Frozen):
    """A custom CPU model of the datacenter."""

    name: str = Field(description="custom-NAME, as guests refer to it.")
    base: str | None = Field(default=None, description="reported-model")
    flags: str = ""
    vendor_id: str | None = Field(default=None, description="hv-vendor-id")
    phys_bits: str | None = None
    hidden: bool = False
