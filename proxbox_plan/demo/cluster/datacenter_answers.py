"""Responses of a generated cluster about backups, snapshots, tasks, jobs and CPU models."""

from __future__ import annotations

from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import DIGEST, GuestAnswer
from proxbox_plan.demo.cluster.network_parts import ApiRow
from proxbox_plan.demo.cluster.parts import DemoBackup, DemoGuest, DemoReplication, DemoSnapshot, DemoTask

LIMIT = 50


def replication_rows(here: ClusterDescription) -> list[ApiRow]:
    """Return /cluster/replication as an auditor sees it: without the source."""
    return [_replication(job) for job in here.replications.values()]


def _replication(job: DemoReplication) -> ApiRow:
    row: ApiRow = {"guest": job.guest, "id": job.id, "jobnum": job.number, "schedule": job.schedule}
    row |= {"target": job.target, "type": "local"}
    optional = {"rate": job.rate, "comment": job.comment, "disable": int(job.disabled)}
    return {**row, **{key: value for key, value in optional.items() if value}}


def replication_states(here: ClusterDescription, node: str, moment: int) -> list[ApiRow]:
    """Return /nodes/N/replication: the jobs of the guests on it."""
    rows = []
    for job in here.replications.values():
        guest = here.guests.get(job.guest)
        if guest is None or guest.node != node:
            continue
        row = _replication(job)
        row |= {"source": node, "vmtype": guest.type, "fail_count": job.failures}
        row |= {"last_sync": 1_795_000_000 + moment, "last_try": 1_795_000_000 + moment, "next_sync": moment}
        rows.append({**row, "error": job.error} if job.error else row)
    return rows


def snapshot_rows(here: ClusterDescription, guest: DemoGuest) -> list[ApiRow]:
    """Return the snapshots of a guest, with the `current` that Proxmox adds."""
    snapshots = here.snapshots.get(guest.vmid, ())
    current: ApiRow = {
        "description": "You are here!",
        "digest": DIGEST,
        "name": "current",
        "running": int(guest.running),
    }
    if snapshots:
        current["parent"] = snapshots[-1].name
    return [current, *(_snapshot(guest, snapshot) for snapshot in snapshots)]


def _snapshot(guest: DemoGuest, snapshot: DemoSnapshot) -> ApiRow:
    row: ApiRow = {"description": snapshot.description, "name": snapshot.name, "snaptime": snapshot.created}
    if guest.type == "qemu":
        row["vmstate"] = 0
    optional = {"parent": snapshot.parent, "snapstate": snapshot.state}
    return {**row, **{key: value for key, value in optional.items() if value}}


def content(here: ClusterDescription, node: str, name: str, kind: str) -> GuestAnswer:
    """Return /nodes/N/storage/S/content; backups only for a token that may create them."""
    storage = here.storages.get(name)
    if storage is None:
        return GuestAnswer(error=(500, f"storage '{name}' does not exist"))
    if storage.settings.get("disable"):
        return GuestAnswer(error=(500, f"storage '{name}' is disabled"))
    if storage.nodes and node not in storage.nodes:
        return GuestAnswer(error=(500, f"storage '{name}' is not available on node '{node}'"))
    seen = "Datastore.Allocate" in here.privileges or {"Datastore.AllocateSpace", "VM.Backup"} <= set(here.privileges)
    backups = [backup for backup in here.backups.values() if backup.storage == name and backup.node in {"", node}]
    return GuestAnswer([_backup(backup) for backup in backups if seen and kind in {"", "backup"}])


def _backup(backup: DemoBackup) -> ApiRow:
    row: ApiRow = {"content": "backup", "ctime": backup.created, "format": backup.format, "size": backup.size}
    row |= {"subtype": backup.type, "vmid": backup.vmid, "volid": backup.volume}
    if backup.notes:
        row["notes"] = backup.notes
    if backup.protected:
        row["protected"] = 1
    if backup.verification:
        row["verification"] = {"state": backup.verification, "upid": f"UPID:pbs:{backup.vmid:08X}:"}
    return row


def task_rows(here: ClusterDescription, node: str, query: dict[str, str]) -> list[ApiRow]:
    """Return one page of a node's tasks, newest first."""
    since, start, limit = (int(query.get(key, least)) for key, least in (("since", 0), ("start", 0), ("limit", LIMIT)))
    tasks = [task for task in here.tasks if task.node == node and task.started >= since]
    newest_first = sorted(tasks, key=lambda task: (-task.ended, task.upid))
    return [_task(task) for task in newest_first[start : start + limit]]


def _task(task: DemoTask) -> ApiRow:
    user, _, token = task.user.partition("!")
    row: ApiRow = {"endtime": task.ended, "id": task.id, "node": task.node, "pid": task.pid, "pstart": task.pstart}
    row |= {"starttime": task.started, "status": task.status, "type": task.type, "upid": task.upid, "user": user}
    return {**row, "tokenid": token} if token else row
