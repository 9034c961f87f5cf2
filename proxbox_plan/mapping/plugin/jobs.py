"""Jobs of the datacenter: storage replication, and backup routines."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import endpoint, plugin_kind, storage
from proxbox_plan.mapping.plugin.machine import machine_of
from proxbox_plan.model.kind import Field, FieldType, Natural, OnDelete, OnMissing
from proxbox_plan.model.state import COMPLETE
from proxbox_plan.model.state.datacenter import BackupJob, Replication

REPLICATION = plugin_kind(
    "replication",
    "replications",
    "replication",
    Field(
        "endpoint",
        FieldType.REF,
        to=("proxbox-endpoint",),
        on_delete=OnDelete.CASCADE,
        source="the cluster's endpoint",
    ),
    Field("replication_id", source="id"),
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="guest"),
    Field(
        "proxmox_node",
        FieldType.REF,
        to=("proxbox-node",),
        filter="name",
        source="source, else the node the guest is on",
    ),
    Field("guest", FieldType.INTEGER, source="guest"),
    Field("jobnum", FieldType.INTEGER, source="jobnum"),
    Field("job_type", FieldType.CHOICE, source="type"),
    Field("source", source="source"),
    Field("target", source="target"),
    Field("schedule", source="schedule"),
    Field("rate", FieldType.DECIMAL, source="rate, MB/s"),
    Field("comment", source="comment"),
    Field("disable", FieldType.BOOLEAN, source="disable"),
    Field("remove_job", FieldType.CHOICE, source="remove_job"),
    Field("status", FieldType.CHOICE, source="active"),
    Field("raw_config", FieldType.JSON, source="nodes/N/replication fail_count and error"),
    label="replication_id",
    natural=(Natural(("endpoint", "replication_id"), "endpoint", "endpoint"),),
    on_missing=OnMissing.DECOMMISSION,
    retired="stale",
    areas=("replications",),
    parent="virtual_machine",
    record=True,
    doc="`last_sync` and similar fields change every few minutes and are never written.",
)

ROUTINE = plugin_kind(
    "backup-routine",
    "backup-routines",
    "backuproutine",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("job_id", source="id"),
    Field("enabled", FieldType.BOOLEAN, source="enabled"),
    Field("schedule", source="schedule"),
    Field("node", FieldType.REF, to=("proxbox-node",), filter="name", source="node"),
    Field("storage", FieldType.REF, to=("proxbox-storage",), filter="name", source="storage"),
    Field("selection", FieldType.JSON, source="vmid, as numbers; else `all`, or the pool, as it must not be empty"),
    Field("comment", source="comment"),
    Field("notes_template", source="notes-template"),
    *(
        Field(f"keep_{span}", FieldType.INTEGER, source=f"prune-backups keep-{span}")
        for span in ("last", "daily", "weekly", "monthly", "yearly")
    ),
    Field("keep_all", FieldType.BOOLEAN, source="prune-backups keep-all"),
    Field("bwlimit", FieldType.INTEGER, source="bwlimit, KiB/s"),
    Field("zstd", FieldType.INTEGER, source="zstd"),
    Field("io_workers", FieldType.INTEGER, source="performance max-workers"),
    Field("fleecing", source="fleecing enabled"),
    Field("fleecing_storage", FieldType.REF, to=("proxbox-storage",), filter="", source="fleecing storage"),
    Field("repeat_missed", FieldType.BOOLEAN, source="repeat-missed"),
    Field("pbs_change_detection_mode", source="pbs-change-detection-mode"),
    Field("status", FieldType.CHOICE, source="active"),
    Field("raw_config", FieldType.JSON, source="all, exclude, pool, mode and compress"),
    label="job_id",
    natural=(Natural(("endpoint", "job_id"), "endpoint", "endpoint"),),
    on_missing=OnMissing.DECOMMISSION,
    retired="stale",
    areas=("backup_jobs",),
    parent="endpoint",
    record=True,
    few=True,
    doc="`next_run` changes by itself and is never written.",
)


def desired_replications(context: MappingContext) -> None:
    """Desire the replication jobs of every guest that NetBox has."""
    for view in context.clusters:
        for job in view.cluster.replications:
            machine = machine_of(context, view, job.guest)
            if machine is not None:
                fields = {"virtual_machine": machine.ref, **_replication(context, view, job)}
                context.add(
                    DesiredObject(
                        REPLICATION.name, Key.of(view.name, "replication", job.id), job.id, fields, cluster=view.name
                    )
                )


def _replication(context: MappingContext, view: ClusterView, job: Replication) -> dict[str, object]:
    at = job.source or view.node_of.get(job.guest)
    source = COMPLETE if job.source else job.coverage
    fields: dict[str, object] = {
        "endpoint": endpoint.ref(view),
        "replication_id": clean(job.id, 255),
        "proxmox_node": known(endpoint.node_ref(context, view, at), source),
        "guest": job.guest,
        "jobnum": job.jobnum,
        "job_type": "local",
        "source": known(clean(job.source or "", 255), source),
        "target": clean(job.target, 255),
        "schedule": clean(job.schedule, 128),
        "rate": job.rate,
        "comment": note(job.comment),
        "disable": not job.enabled,
        "remove_job": job.remove_job,
        "status": "active",
    }
    if job.fail_count is not None:
        fields["raw_config"] = {"fail_count": job.fail_count, **({"error": note(job.error)} if job.error else {})}
    return fields


def desired_routines(context: MappingContext) -> None:
    """Desire the backup jobs of every cluster."""
    for view in context.clusters:
        for job in view.cluster.backup_jobs:
            fields = _routine(context, view, job)
            name = clean(job.comment, 64) or job.id
            context.add(
                DesiredObject(ROUTINE.name, Key.of(view.name, "backup-job", job.id), name, fields, cluster=view.name)
            )


def _routine(context: MappingContext, view: ClusterView, job: BackupJob) -> dict[str, object]:
    keep = dict(job.retention)
    spans = {f"keep_{span}": keep.get(f"keep-{span}") for span in ("last", "daily", "weekly", "monthly", "yearly")}
    also = {"all": job.all, "exclude": list(job.exclude), "pool": job.pool, "mode": job.mode, "compress": job.compress}
    return {
        **spans,
        "keep_all": bool(keep["keep-all"]) if "keep-all" in keep else None,
        "endpoint": endpoint.ref(view),
        "job_id": clean(job.id, 255),
        "enabled": job.enabled,
        "schedule": clean(job.schedule, 255),
        "node": endpoint.node_ref(context, view, job.node),
        "storage": storage.ref(view, context, job.storage),
        "selection": _selection(job),
        "comment": note(job.comment),
        "notes_template": note(job.notes_template),
        "bwlimit": job.bwlimit,
        "zstd": job.zstd,
        "io_workers": job.io_workers,
        "fleecing": "enabled" if job.fleecing else "",
        "fleecing_storage": storage.ref(view, context, job.fleecing_storage),
        "repeat_missed": job.repeat_missed,
        "pbs_change_detection_mode": clean(job.pbs_change_detection_mode or "", 50),
        "status": "active",
        "raw_config": {name: value for name, value in also.items() if value},
    }


def _selection(job: BackupJob) -> list[object]:
    if job.vmids:
        return list(job.vmids)
    return [f"pool {job.pool}"] if job.pool else ["all"]
