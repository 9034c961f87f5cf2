"""Storage: disks whose storage is not where the guest is, and replication that fails."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.coverage import unknown, unlisted
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule, lacks
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.kinds import LintKind
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Storage


def unavailable(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find disks on a storage that is not defined, is disabled, or is not on the guest's node."""
    for cluster in estate.clusters:
        storages = {storage.name: storage for storage in cluster.storages}
        for guest in estate.of(cluster):
            place = Whereabouts(cluster, guest)
            if doubt := unknown(place, "row", "config"):
                yield doubt
                continue
            named = dict.fromkeys(disk.storage for disk in guest.disks if disk.storage)
            lacking = [name for name in named if name not in storages]
            if lacking and (doubt := unlisted(cluster, "storages")):
                yield doubt
                lacking = []
            found = [f"{name} does not exist" for name in lacking]
            found += [why for name in named if name in storages and (why := _why(storages[name], guest.node))]
            if found:
                yield Defect(f"It has disks on a storage that it cannot use: {', '.join(found)}", (place.subject,))


def _why(storage: Storage, node: str) -> str:
    if not storage.enabled:
        return f"{storage.name} is disabled"
    return f"{storage.name} is not on {node}" if storage.nodes and node not in storage.nodes else ""


def failing(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find replication jobs that failed the last time."""
    for cluster in estate.clusters:
        guests = {guest.vmid: guest for guest in cluster.guests}
        for job in cluster.replications:
            if not job.enabled:
                continue
            if not job.coverage.complete:
                about = Subject.of(LintKind.REPLICATION, cluster, job.id).address
                yield lacks("status of replication", job.coverage, cluster.name, about)
            elif job.fail_count:
                guest = guests.get(job.guest)
                subject = Subject.of(LintKind.REPLICATION, cluster, job.id).belonging_to(cluster, guest)
                why = f": {job.error}" if job.error else ""
                times = "once" if job.fail_count == 1 else f"{job.fail_count} times in a row"
                yield Defect(
                    f"The replication {job.id} of guest {job.guest} to {job.target} failed {times}{why}", (subject,)
                )


RULES = (
    RegisteredRule(
        "disk-on-unavailable-storage",
        Severity.ERROR,
        "the guest's configuration, storages",
        "The guest does not start, or not again: Proxmox cannot activate the disk.",
        "Define or enable the storage for the guest's node, or move the disk.",
        unavailable,
    ),
    RegisteredRule(
        "replication-failing",
        Severity.ERROR,
        "replication jobs and their status",
        "The replica is old, and grows older: what was written since is lost when the node fails.",
        "Look at the job's log, and at the space of the target.",
        failing,
    ),
)
