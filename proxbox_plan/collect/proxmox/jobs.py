"""The jobs of the datacenter, and its custom CPU models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.api_models.datacenter import (
    BackupJobRow,
    CpuModelRow,
    ReplicationRow,
    ReplicationStateRow,
)
from proxbox_plan.collect.proxmox.gathering import Gathering
from proxbox_plan.collect.proxmox.membership import ListedNode
from proxbox_plan.collect.proxmox.parse.datacenter import parse_retention, parse_vmids
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_flag, parse_options, parse_whole
from proxbox_plan.collect.proxmox.reading import Reader, incomplete
from proxbox_plan.collect.proxmox.version import is_older
from proxbox_plan.model.state import COMPLETE, Coverage, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.datacenter import BackupJob, CpuModel, Replication

REPLICATION = ("cluster", "replication")
BACKUP_JOBS = ("cluster", "backup")
CPU_MODELS = ("cluster", "qemu", "custom-cpu-models")
CPU_MODELS_SINCE = (9, 2)
MOST_WORKERS = 1024

States = tuple[dict[str, ReplicationStateRow], Coverage]


def read_replications(reader: Reader) -> tuple[tuple[Replication, ...], Coverage]:
    """Read /cluster/replication, which lists the jobs of the guests the token may view."""
    gathering = Gathering(reader)
    found = gathering.rows(ReplicationRow, _replication, *REPLICATION)
    return gathering.distinct(found, lambda job: job.id, *REPLICATION), gathering.coverage


def _replication(row: ReplicationRow) -> Replication:
    return Replication(
        id=row.id,
        guest=row.guest,
        jobnum=row.jobnum,
        type=row.type,
        source=row.source,
        target=row.target,
        schedule=row.schedule,
        rate=row.rate,
        comment=row.comment,
        enabled=not row.disable,
        remove_job=row.remove_job,
    )


def read_replication_states(reader: Reader, node: str) -> States:
    """Read the status of the jobs of one node."""
    gathering = Gathering(reader)
    found = gathering.rows(ReplicationStateRow, lambda row: row, "nodes", node, "replication")
    return {row.id: row for row in found}, gathering.coverage


def replicating_nodes(
    jobs: Iterable[Replication], guests: Iterable[GuestRow], nodes: Mapping[str, ListedNode]
) -> frozenset[str]:
    """Return the online nodes with replicated guests: only they report the status of their jobs."""
    replicated = {job.guest for job in jobs}
    found = {row.node for row in guests if row.vmid in replicated}
    return frozenset(node for node in found if node in nodes and nodes[node].online)


def with_states(jobs: Iterable[Replication], states: Iterable[States]) -> tuple[Replication, ...]:
    """Return the jobs with the status their nodes report; an auditor sees the source node only there."""
    rows: dict[str, ReplicationStateRow] = {}
    unread = COMPLETE
    for reported, coverage in states:
        rows |= reported
        unread = first_incomplete(unread, coverage)
    return tuple(_with_state(job, rows.get(job.id), unread) for job in jobs)


def _with_state(job: Replication, state: ReplicationStateRow | None, unread: Coverage) -> Replication:
    if state is not None:
        source = job.source or state.source
        return job.replace(source=source, fail_count=state.fail_count, error=state.error)
    unreported = incomplete(Incomplete.CONTRADICTION, f"no node reports the replication job {job.id}")
    return job.replace(coverage=first_incomplete(unread, unreported))


def read_backup_jobs(reader: Reader) -> tuple[tuple[BackupJob, ...], Coverage]:
    """Read /cluster/backup, which returns all jobs or an error."""
    gathering = Gathering(reader)
    found = gathering.rows(BackupJobRow, _backup_job, *BACKUP_JOBS)
    return gathering.distinct(found, lambda job: job.id, *BACKUP_JOBS), gathering.coverage


def _backup_job(row: BackupJobRow) -> BackupJob:
    if not row.schedule and not row.starttime:
        raise GrammarError("a job without a schedule", row.id)
    fleecing = parse_options(row.fleecing or "", "enabled")
    workers = parse_options(row.performance or "").get("max-workers")
    return BackupJob(
        id=row.id,
        enabled=row.enabled is not False,
        schedule=row.schedule or f"{row.dow} {row.starttime}".strip(),
        node=row.node,
        storage=row.storage,
        vmids=parse_vmids(row.vmid),
        all=row.all,
        exclude=parse_vmids(row.exclude),
        pool=row.pool,
        mode=row.mode,
        compress=row.compress,
        comment=row.comment,
        notes_template=row.notes_template,
        retention=parse_retention(row.prune_backups or ""),
        bwlimit=row.bwlimit,
        zstd=row.zstd,
        io_workers=parse_whole(workers, 1, MOST_WORKERS) if workers else None,
        fleecing=parse_flag(fleecing.get("enabled", "0")),
        fleecing_storage=fleecing.get("storage"),
        repeat_missed=row.repeat_missed,
        pbs_change_detection_mode=row.pbs_change_detection_mode,
    )


def read_cpu_models(reader: Reader, version: str) -> tuple[tuple[CpuModel, ...], Coverage]:
    """Read the custom CPU models the token may view; versions before 9.2 have no list of them."""
    gathering = Gathering(reader)
    old = is_older(version, CPU_MODELS_SINCE)
    found = gathering.rows(CpuModelRow, _cpu_model, *CPU_MODELS, absent=old)
    return gathering.distinct(found, lambda model: model.name, *CPU_MODELS), gathering.coverage


def _cpu_model(row: CpuModelRow) -> CpuModel:
    return CpuModel(
        name=row.cputype,
        base=row.reported_model,
        flags=row.flags,
        vendor_id=row.vendor_id,
        phys_bits=row.phys_bits,
        hidden=row.hidden,
    )
