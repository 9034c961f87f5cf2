"""Further objects of a generated cluster: backups, snapshots, tasks, jobs and CPU models."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from proxbox_plan.demo.cluster.administered import AUDITOR, AdministeredCluster
from proxbox_plan.demo.cluster.parts import (
    DemoBackup,
    DemoGuest,
    DemoReplication,
    DemoSnapshot,
    DemoStorage,
    DemoTask,
)

MOMENT = 1_795_132_800
"""The day of all events, in seconds since 1970."""
HOUR, DAY = 3600, 86_400
PBS, LOCAL, NFS = "pbs", "local", "nas"
MIB = 1024**2


def add_features(cluster: AdministeredCluster, seed: int) -> None:
    """Add some of each; the same seed adds the same."""
    pick = random.Random(seed)  # noqa: S311  # a reproducible cluster, nothing secret
    cluster.privileges = (*AUDITOR, "Datastore.AllocateSpace", "VM.Backup")
    _add_storages(cluster)
    for name, node in list(cluster.nodes.items()):
        cluster.nodes[name] = replace(node, location=f"rack {node.number}", open_vswitch=node.number == 1)
    for number, guest in enumerate(list(cluster.guests.values())):
        if number % 3 == 0 and not guest.template:
            _add_snapshots(cluster, guest, pick)
        if number % 2 == 0:
            _add_backups(cluster, guest, pick)
            _add_tasks(cluster, guest, pick)
        _dress(cluster, guest)
        if number % 5 == 0 and not guest.template:
            cluster.change(guest.vmid, hastate="started" if guest.running else "stopped")
    _add_jobs(cluster)
    cluster.cpu_models["custom-lab"] = {"cputype": "custom-lab", "flags": "+aes", "reported-model": "kvm64"}


def _add_storages(cluster: AdministeredCluster) -> None:
    server = {"server": "10.0.0.60", "datastore": "store1", "namespace": "lab", "username": "backup@pbs"}
    pbs = DemoStorage(PBS, "pbs", "backup", shared=True, settings={**server, "prune-backups": "keep-all=1"})
    cluster.storages[PBS] = pbs
    off: dict[str, str | int] = {"path": "/mnt/old", "disable": 1}
    cluster.storages["old-backups"] = DemoStorage("old-backups", "dir", "backup", settings=off)
    local = cluster.storages[LOCAL]
    cluster.storages[LOCAL] = replace(local, settings={**local.settings, "prune-backups": "keep-daily=7,keep-last=3"})


def _add_snapshots(cluster: AdministeredCluster, guest: DemoGuest, pick: random.Random) -> None:
    created = MOMENT - pick.randrange(1, 60) * DAY
    cluster.add_snapshot(guest.vmid, DemoSnapshot("initial", created, description="as installed\n"))
    if pick.random() < 0.5:  # noqa: PLR2004 # half of them
        cluster.add_snapshot(guest.vmid, DemoSnapshot("before-upgrade", created + HOUR, "initial", "Größe, 9.2\n"))


def _add_backups(cluster: AdministeredCluster, guest: DemoGuest, pick: random.Random) -> None:
    storage = (LOCAL, NFS, PBS)[guest.vmid % 3]
    for days in range(1, pick.randrange(2, 4)):
        created, size = MOMENT - days * DAY, pick.randrange(100, 9000) * MIB
        cluster.add_backup(make_backup(guest, storage, created, size))


def make_backup(guest: DemoGuest, storage: str, created: int, size: int = 500 * MIB) -> DemoBackup:
    """Return a backup of a guest, named the way its storage names them."""
    moment = datetime.fromtimestamp(created, UTC)
    if storage == PBS:
        kind = "vm" if guest.type == "qemu" else "ct"
        volume = f"{storage}:backup/{kind}/{guest.vmid}/{moment:%Y-%m-%dT%H:%M:%SZ}"
        return DemoBackup(
            volume, created, size, f"pbs-{kind}", guest.type, guest.vmid, notes=guest.name, verification="ok"
        )
    ending = "vma.zst" if guest.type == "qemu" else "tar.zst"
    volume = f"{storage}:backup/vzdump-{guest.type}-{guest.vmid}-{moment:%Y_%m_%d-%H_%M_%S}.{ending}"
    node = guest.node if storage == LOCAL else ""
    protected = created % 7 == 0
    return DemoBackup(volume, created, size, ending, guest.type, guest.vmid, node, guest.name, protected=protected)


def _add_tasks(cluster: AdministeredCluster, guest: DemoGuest, pick: random.Random) -> None:
    prefix = "qm" if guest.type == "qemu" else "vz"
    for number, (kind, status) in enumerate((("vzdump", "OK"), (f"{prefix}start", "start failed: exit code 1"))):
        started = MOMENT - pick.randrange(1, 20) * DAY
        user = "root@pam" if number else "backup@pve!nightly"
        task = DemoTask(guest.node, kind, str(guest.vmid), started, started + 90, user, status, 1000 + guest.vmid)
        cluster.add_task(task)
    cluster.add_task(DemoTask(guest.node, "aptupdate", "", MOMENT - DAY, MOMENT - DAY + 9, pid=guest.vmid))


def _dress(cluster: AdministeredCluster, guest: DemoGuest) -> None:
    """Add the settings that a plain generated guest does not have."""
    if guest.type == "lxc":
        cluster.change(guest.vmid, extra={**guest.extra, "searchdomain": "lab.example"})
        return
    more: dict[str, str | int] = {"cpu": ("x86-64-v2-AES", "host", "custom-lab,flags=+pcid")[guest.vmid % 3]}
    if guest.cloud_init:
        more |= {"nameserver": "10.0.0.1 10.0.0.2", "searchdomain": "lab.example"}
    cluster.change(guest.vmid, extra={**guest.extra, **more})


def _add_jobs(cluster: AdministeredCluster) -> None:
    nodes = list(cluster.nodes)
    replicated = [guest for guest in cluster.guests.values() if not guest.template][:3]
    for number, guest in enumerate(replicated if len(nodes) > 1 else ()):
        target = next(node for node in nodes if node != guest.node)
        failures, error = (2, "no replication target") if number == 1 else (0, "")
        job = DemoReplication(guest.vmid, 0, target, rate=10, comment="repl", failures=failures, error=error)
        cluster.add_replication(job)
    vmids = ",".join(str(vmid) for vmid in list(cluster.guests)[:2])
    everything = {"all": 1, "enabled": 1, "mode": "snapshot", "schedule": "mon..fri 21:00", "storage": NFS}
    everything |= {"comment": "nightly all", "compress": "zstd", "notes-template": "{{guestname}}", "repeat-missed": 0}
    chosen = {"enabled": 1, "mode": "snapshot", "schedule": "*/6:00", "storage": LOCAL, "vmid": vmids}
    cluster.set_backup_job("backup-nightly", **everything, **{"prune-backups": {"keep-daily": "7", "keep-weekly": "4"}})
    cluster.set_backup_job("backup-pool", enabled=0, mode="stop", schedule="sun 03:30", storage=LOCAL, pool="prod")
    cluster.set_backup_job("backup-some", **chosen, node=nodes[0], fleecing={"enabled": 1, "storage": LOCAL})
