"""Backups: guests and disks that no job backs up, and jobs that cannot do what they say."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.coverage import hidden, unknown, unlisted
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.kinds import LintKind
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Cluster, Guest, GuestDisk, Storage
from proxbox_plan.model.state.datacenter import BackupJob

_OFF = frozenset({"0", "no", "off", "false"})


def backs_up(job: BackupJob, guest: Guest) -> bool | None:
    """Whether a job backs a guest up; null when that depends on a pool that is unknown."""
    if job.node is not None and job.node != guest.node:
        return False
    if job.all:
        return guest.vmid not in job.exclude
    if job.pool is None:
        return guest.vmid in job.vmids
    if not guest.coverage.pool.complete:
        return None
    pool = guest.pool or ""
    if pool.startswith(f"{job.pool}/"):  # whether a job takes a nested pool is up to the version of Proxmox VE
        return None
    return pool == job.pool


def without_backup(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find guests that no enabled job backs up."""
    for cluster in estate.clusters:
        if doubt := unlisted(cluster, "backup_jobs"):
            yield doubt
            continue
        enabled = [job for job in cluster.backup_jobs if job.enabled]
        disabled = [job for job in cluster.backup_jobs if not job.enabled]
        for guest in estate.of(cluster):
            place = Whereabouts(cluster, guest)
            verdicts = {backs_up(job, guest) for job in enabled}
            if True in verdicts:
                continue
            if doubt := unknown(place, "row", *(("pool",) if None in verdicts else ())):
                yield doubt
            elif None not in verdicts:
                off = next((job.id for job in disabled if backs_up(job, guest)), None)
                why = f"; the job {off}, which has it, is disabled" if off else ""
                yield Defect(f"No enabled backup job has it{why}", (place.subject,))


def disk_without_backup(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find disks that the backup of their guest omits."""
    for cluster in estate.clusters:
        jobs = [job for job in cluster.backup_jobs if job.enabled]
        for guest in estate.of(cluster):
            if not any(backs_up(job, guest) for job in jobs):
                continue
            place = Whereabouts(cluster, guest)
            if doubt := unknown(place, "row", "config"):
                yield doubt
            elif omitted := [disk.slot for disk in guest.disks if _is_omitted(guest, disk)]:
                yield Defect(f"Its backup omits {', '.join(omitted)}", (place.subject,))


def _is_omitted(guest: Guest, disk: GuestDisk) -> bool:
    said = next((option.partition("=")[2] for option in disk.options if option.startswith("backup=")), None)
    if guest.type == "qemu":
        return said is not None and said.lower() in _OFF
    return disk.slot != "rootfs" and not disk.is_bind_mount and (said is None or said.lower() in _OFF)


def disabled_job(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find jobs that are switched off."""
    for cluster, job in _jobs(estate):
        if not job.enabled:
            yield Defect("It is disabled", (_subject(cluster, job),))


def unknown_guest(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find jobs with guests that the cluster does not have."""
    for cluster in estate.clusters:
        jobs = [job for job in cluster.backup_jobs if job.enabled and job.vmids]
        if jobs and (doubt := unlisted(cluster, "guests")):
            yield doubt
            continue
        known = {guest.vmid for guest in cluster.guests}
        for job in jobs:
            if gone := [str(vmid) for vmid in job.vmids if vmid not in known]:
                yield Defect(f"It names guests that do not exist: {', '.join(gone)}", (_subject(cluster, job),))


def unusable_storage(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find jobs whose storage does not exist, is disabled or takes no backups."""
    for cluster in estate.clusters:
        storages = {storage.name: storage for storage in cluster.storages}
        for job in cluster.backup_jobs:
            if not job.enabled or job.storage is None:
                continue
            storage = storages.get(job.storage)
            if storage is None and (doubt := unlisted(cluster, "storages")):
                yield doubt
            elif why := _unusable(storage):
                yield Defect(f"Its storage {job.storage} {why}", (_subject(cluster, job),))


def _unusable(storage: Storage | None) -> str:
    if storage is None:
        return "does not exist"
    if not storage.enabled:
        return "is disabled"
    return "" if "backup" in storage.content else "does not take backups"


def shared_group(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find guests of several clusters whose backups are one group of a Proxmox Backup Server."""
    if doubts := list(hidden(estate, "addresses of backup servers")):
        yield from doubts
        return
    groups: dict[tuple[str, str, str, str, int], dict[str, Subject]] = {}
    for cluster in estate.clusters:
        servers = {storage.name: storage for storage in cluster.storages if storage.type == "pbs" and storage.enabled}
        jobs = [(job, servers[job.storage]) for job in cluster.backup_jobs if job.enabled and job.storage in servers]
        for guest in estate.of(cluster) if jobs else ():
            for job, storage in jobs:
                if storage.server and storage.datastore and backs_up(job, guest):
                    at = storage.server.lower(), storage.datastore, storage.namespace or ""
                    group = groups.setdefault((*at, guest.type, guest.vmid), {})
                    group.setdefault(cluster.name, Subject.of_guest(cluster, guest))
    for (server, datastore, namespace, type_, vmid), subjects in sorted(groups.items()):
        if len(subjects) > 1:
            kind = "vm" if type_ == "qemu" else "ct"
            where = f"{server}:{datastore}{f'/{namespace}' if namespace else ''}"
            message = f"Its backups are in the group {kind}/{vmid} of {where}, which others share"
            yield Defect(message, tuple(subjects.values()), where, least=2)


def _jobs(estate: LintEstate) -> Iterator[tuple[Cluster, BackupJob]]:
    for cluster in estate.clusters:
        for job in cluster.backup_jobs:
            yield cluster, job


def _subject(cluster: Cluster, job: BackupJob) -> Subject:
    return Subject.of(LintKind.BACKUP_JOB, cluster, job.id)


RULES = (
    RegisteredRule(
        "guest-without-backup",
        Severity.WARNING,
        "backup jobs; the guest's pool, where a job takes one",
        "When its disks are lost, so is the guest. Jobs that name guests one by one miss the new ones.",
        "Add it to a job, or let a job take all guests. Except a guest that is backed up by other means.",
        without_backup,
    ),
    RegisteredRule(
        "disk-without-backup",
        Severity.NOTE,
        "backup jobs, the guest's configuration",
        "A restore brings the guest back without this disk. Mount points of containers are omitted unless they say "
        "`backup=1`, which few expect.",
        "Set `backup=1` at the disk or mount point, or except the guest if that is meant.",
        disk_without_backup,
    ),
    RegisteredRule(
        "backup-job-disabled",
        Severity.NOTE,
        "backup jobs",
        "Jobs are switched off for an evening and forgotten.",
        "Enable it, or remove it.",
        disabled_job,
    ),
    RegisteredRule(
        "backup-job-unknown-guest",
        Severity.WARNING,
        "backup jobs, the list of guests",
        "The job reports an error every time, and real errors are overlooked. The next guest that gets the vmid is "
        "backed up by chance.",
        "Remove the vmid from the job.",
        unknown_guest,
    ),
    RegisteredRule(
        "backup-job-unusable-storage",
        Severity.ERROR,
        "backup jobs, storages",
        "The job fails: none of its guests is backed up.",
        "Give the job a storage that exists, is enabled and has the content `backup`.",
        unusable_storage,
    ),
    RegisteredRule(
        "shared-backup-group",
        Severity.ERROR,
        "backup jobs, storages, guests of several clusters",
        "A Proxmox Backup Server knows guests by type and vmid alone. Guests with the same vmid share their backups: "
        "pruning removes those of both, and a restore may bring back the other guest.",
        "Give each cluster a namespace of its own in the datastore.",
        shared_group,
    ),
)
