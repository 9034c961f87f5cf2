"""Backups: who is in a job, and which job can do what it says."""

from __future__ import annotations

import pytest

from proxbox_plan.model.state import GuestCoverage, GuestDisk, Incomplete, Storage
from proxbox_plan.model.state.datacenter import BackupJob
from tests.builders import incomplete
from tests.lint.lab import ALL_READ, BACKUP, NIGHTLY, SHARED, cluster, doubted, guest, lint, names, said

WITHOUT = "guest-without-backup"
UNKNOWN_POOL = GuestCoverage(pool=incomplete(Incomplete.FORBIDDEN))


@pytest.mark.parametrize(
    ("job", "is_backed_up"),
    [
        (BackupJob(id="a", all=True), True),
        (BackupJob(id="a", all=True, exclude=(100,)), False),
        (BackupJob(id="a", vmids=(99, 100)), True),
        (BackupJob(id="a", vmids=(99,)), False),
        (BackupJob(id="a", pool="prod"), True),
        (BackupJob(id="a", pool="dev"), False),
        (BackupJob(id="a", all=True, node="pve1"), True),
        (BackupJob(id="a", all=True, node="pve2"), False),
        (BackupJob(id="a", all=True, enabled=False), False),
        (BackupJob(id="a"), False),
    ],
)
def test_who_is_in_a_job(job: BackupJob, is_backed_up: bool) -> None:  # noqa: FBT001
    """All, by vmid or by pool, but for exclusions; of one node only, where the job says so; and it is enabled."""
    found = lint(cluster(guest(100, pool="prod"), backup_jobs=(job,)))
    assert names(found, WITHOUT) == ([] if is_backed_up else ["web100"])


def test_a_job_that_is_off_is_named() -> None:
    """The guest is in a job, so people think that it is backed up."""
    found = lint(cluster(guest(), backup_jobs=(NIGHTLY.replace(enabled=False),)))
    assert said(found, WITHOUT) == "No enabled backup job has it; the job nightly, which has it, is disabled"
    assert names(found, "backup-job-disabled") == ["nightly"]


def test_templates_need_no_backup() -> None:
    """They are made again."""
    assert names(lint(cluster(guest(template=True), backup_jobs=())), WITHOUT) == []


def test_a_pool_that_is_unknown_is_no_finding() -> None:
    """The job may take the guest, so it is not judged; another job may take it for sure."""
    jobs = (BackupJob(id="a", pool="prod"),)
    unknown = guest(coverage=UNKNOWN_POOL)
    found = lint(cluster(unknown, backup_jobs=jobs))
    assert (names(found, WITHOUT), doubted(found, WITHOUT)) == ([], [("pool", "forbidden")])
    found = lint(cluster(unknown, backup_jobs=(*jobs, NIGHTLY)))
    assert doubted(found, WITHOUT) == []


def test_a_nested_pool_is_no_finding() -> None:
    """Whether a job takes the pools in its pool is up to the version of Proxmox VE."""
    found = lint(cluster(guest(pool="prod/web"), backup_jobs=(BackupJob(id="a", pool="prod"),)))
    assert names(found, WITHOUT) == []


def test_jobs_that_were_not_read_are_no_finding() -> None:
    """And the report says what to switch on, once for the cluster."""
    unread = ALL_READ.replace(backup_jobs=incomplete(Incomplete.NOT_READ))
    found = lint(cluster(guest(100), guest(101), backup_jobs=(), coverage=unread))
    assert names(found, WITHOUT) == []
    (doubt,) = [one for one in found.unjudged if WITHOUT in one.rules]
    assert (doubt.part, doubt.cluster, doubt.objects) == ("backup jobs", "lab", 0)
    assert doubt.hint == "Set `scope: {backup_jobs: true}` in the configuration, and collect again."


@pytest.mark.parametrize(
    ("type_", "slot", "options", "is_omitted"),
    [
        ("qemu", "scsi1", ("backup=0",), True),
        ("qemu", "scsi1", ("backup=no",), True),
        ("qemu", "scsi1", ("backup=1",), False),
        ("qemu", "scsi1", (), False),
        ("lxc", "mp0", (), True),
        ("lxc", "mp0", ("backup=1",), False),
        ("lxc", "rootfs", (), False),
    ],
)
def test_which_disks_a_backup_omits(type_: str, slot: str, options: tuple[str, ...], is_omitted: bool) -> None:  # noqa: FBT001
    """Of a virtual machine those that say so; of a container all mount points that do not say otherwise."""
    disk = GuestDisk(slot=slot, storage="ceph", volume="v", options=options)
    found = lint(cluster(guest(type=type_, disks=(disk,))))
    assert names(found, "disk-without-backup") == (["web100"] if is_omitted else [])


def test_a_bind_mount_is_never_backed_up_and_no_finding() -> None:
    """It is a directory of the node."""
    disk = GuestDisk(slot="mp0", storage=None, volume="/srv/data")
    assert names(lint(cluster(guest(type="lxc", disks=(disk,)))), "disk-without-backup") == []


def test_disks_of_a_guest_without_any_backup_are_not_repeated() -> None:
    """That it has none is said already."""
    disk = GuestDisk(slot="scsi1", storage="ceph", volume="v", options=("backup=0",))
    assert names(lint(cluster(guest(disks=(disk,)), backup_jobs=())), "disk-without-backup") == []


def test_a_job_with_guests_that_do_not_exist() -> None:
    """It is found when all guests are known, and not while one may be hidden."""
    job = BackupJob(id="a", vmids=(100, 998, 999), storage="nas")
    rule = "backup-job-unknown-guest"
    found = lint(cluster(guest(), backup_jobs=(job,)))
    assert said(found, rule) == "It names guests that do not exist: 998, 999"
    hidden = ALL_READ.replace(guests=incomplete(Incomplete.FORBIDDEN))
    found = lint(cluster(guest(), backup_jobs=(job,), coverage=hidden))
    assert (names(found, rule), doubted(found, rule)) == ([], [("list of guests", "forbidden")])


@pytest.mark.parametrize(
    ("storages", "words"),
    [
        ((SHARED,), "Its storage nas does not exist"),
        ((BACKUP.replace(enabled=False),), "Its storage nas is disabled"),
        ((BACKUP.replace(content=("iso",)),), "Its storage nas does not take backups"),
    ],
)
def test_a_job_without_a_usable_storage(storages: tuple[Storage, ...], words: str) -> None:
    """The job fails, whatever the reason."""
    assert said(lint(cluster(guest(disks=()), storages=storages)), "backup-job-unusable-storage") == words


def test_a_storage_that_may_be_hidden_is_no_finding() -> None:
    """A token sees only storages that it may."""
    hidden = ALL_READ.replace(storages=incomplete(Incomplete.FORBIDDEN))
    found = lint(cluster(guest(disks=()), storages=(), coverage=hidden))
    rule = "backup-job-unusable-storage"
    assert (names(found, rule), doubted(found, rule)) == ([], [("storages", "forbidden")])


PBS = Storage(name="pbs", type="pbs", content=("backup",), shared=True, server="pbs.example.com", datastore="main")
TO_PBS = BackupJob(id="pbs", all=True, storage="pbs")


def test_two_clusters_in_one_backup_group() -> None:
    """Guests with the same type and vmid share their backups on a Proxmox Backup Server."""
    first = cluster(guest(100, name="mail"), storages=(PBS,), backup_jobs=(TO_PBS,))
    found = lint(first, cluster(guest(100, name="db"), name="other", storages=(PBS,), backup_jobs=(TO_PBS,)))
    message = said(found, "shared-backup-group")
    assert "the group vm/100 of pbs.example.com:main, which others share" in message
    assert "mail (qemu/100 of lab), db (qemu/100 of other)" in message


@pytest.mark.parametrize("change", [{"namespace": "other"}, {"datastore": "b"}, {"server": "c"}, {"enabled": False}])
def test_clusters_with_places_of_their_own(change: dict[str, object]) -> None:
    """A namespace of its own is enough."""
    first = cluster(guest(100), storages=(PBS,), backup_jobs=(TO_PBS,))
    other = cluster(guest(100), name="other", storages=(PBS.replace(**change),), backup_jobs=(TO_PBS,))
    assert names(lint(first, other), "shared-backup-group") == []
