"""The fields read from Proxmox's responses about storages, backups, snapshots, tasks, jobs and CPU models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from proxbox_plan.collect.proxmox.api_models.answer import (
    ApiModel,
    Bytes,
    Flag,
    MaybeFlag,
    MaybeText,
    Moment,
    Name,
    Names,
    Needed,
    NeededMoment,
    Options,
    Small,
    Vmid,
    Words,
    number,
)

MOST_RATE = 1_000_000


def _guest(value: object) -> object:
    return None if value in (0, "0", "") else number(value)


Rate = Annotated[Annotated[float, Field(ge=0, le=MOST_RATE)] | None, BeforeValidator(number)]


class StorageRow(ApiModel):
    """A row of /storage; passwords, keyrings and keys are not among its fields."""

    storage: Name
    type: Name
    content: Names = ()
    shared: Flag = False
    disable: Flag = False
    nodes: Names = ()
    path: MaybeText = None
    server: MaybeText = None
    port: Small = None
    username: MaybeText = None
    export: MaybeText = None
    share: MaybeText = None
    pool: MaybeText = None
    monhost: MaybeText = None
    namespace: MaybeText = None
    datastore: MaybeText = None
    subdir: MaybeText = None
    mountpoint: MaybeText = None
    is_mountpoint: MaybeText = None
    preallocation: MaybeText = None
    format: MaybeText = None
    prune_backups: Options = Field(default=None, validation_alias="prune-backups")
    max_protected_backups: MaybeText = Field(default=None, validation_alias="max-protected-backups")


class Verification(ApiModel):
    """The result of the last verification on a Proxmox Backup Server."""

    state: MaybeText = None
    upid: MaybeText = None


class BackupRow(ApiModel):
    """A row of /nodes/N/storage/S/content?content=backup."""

    volid: Name
    content: MaybeText = None
    vmid: Annotated[Vmid | None, BeforeValidator(_guest)] = None
    subtype: MaybeText = None
    ctime: Moment = None
    size: Bytes = None
    approximate_size: Bytes = Field(default=None, validation_alias="approximate-size")
    format: MaybeText = None
    notes: Words = ""
    protected: Flag = False
    encrypted: MaybeText = None
    verification: Verification | None = None


class SnapshotRow(ApiModel):
    """A row of a guest's snapshots."""

    name: Name
    snaptime: Moment = None
    parent: MaybeText = None
    description: Words = ""
    snapstate: MaybeText = None


class TaskRow(ApiModel):
    """A row of /nodes/N/tasks; a token's user and name may be separate fields."""

    upid: Name
    type: Name
    id: Words = ""
    user: Name
    tokenid: MaybeText = None
    pid: Small = None
    pstart: Bytes = None
    starttime: NeededMoment
    endtime: Moment = None
    status: Words = ""


class ReplicationRow(ApiModel):
    """A row of /cluster/replication."""

    id: Name
    guest: Vmid
    jobnum: Needed = 0
    type: Name = "local"
    source: MaybeText = None
    target: Name
    schedule: Words = ""
    rate: Rate = None
    comment: Words = ""
    disable: Flag = False
    remove_job: MaybeText = None


class ReplicationStateRow(ApiModel):
    """A row of /nodes/N/replication: the status of the jobs of its guests."""

    id: Name
    source: Name
    fail_count: Small = None
    error: MaybeText = None


class BackupJobRow(ApiModel):
    """A row of /cluster/backup; jobs of old versions have a start time and days instead of a schedule."""

    id: Name
    enabled: MaybeFlag = None
    schedule: Words = ""
    starttime: Words = ""
    dow: Words = ""
    node: MaybeText = None
    storage: MaybeText = None
    vmid: Words = ""
    all: Flag = False
    exclude: Words = ""
    pool: MaybeText = None
    mode: MaybeText = None
    compress: MaybeText = None
    comment: Words = ""
    notes_template: Words = Field(default="", validation_alias="notes-template")
    prune_backups: Options = Field(default=None, validation_alias="prune-backups")
    bwlimit: Small = None
    zstd: Small = None
    performance: Options = None
    fleecing: Options = None
    repeat_missed: MaybeFlag = Field(default=None, validation_alias="repeat-missed")
    pbs_change_detection_mode: MaybeText = Field(default=None, validation_alias="pbs-change-detection-mode")


class CpuModelRow(ApiModel):
    """A row of /cluster/qemu/custom-cpu-models."""

    cputype: Name
    reported_model: MaybeText = Field(default=None, validation_alias="reported-model")
    flags: Words = ""
    vendor_id: MaybeText = Field(default=None, validation_alias="hv-vendor-id")
    phys_bits: MaybeText = Field(default=None, validation_alias="phys-bits")
    hidden: Flag = False
