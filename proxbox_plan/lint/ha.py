"""High availability: guests that HA cannot recover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.lint.coverage import unknown, unlisted
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Cluster, Guest

_NOT_RECOVERED: Final = frozenset({"disabled", "ignored"})
_REPLICATED: Final = "zfspool"  # the only type that Proxmox VE replicates


def is_managed(guest: Guest) -> bool:
    """Whether HA starts and recovers a guest."""
    return bool(guest.hastate) and guest.hastate not in _NOT_RECOVERED


def local_storage(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find HA guests with a disk that only their node has."""
    for place in estate.machines:
        if is_managed(place.guest):
            yield from _judged(place)


def _judged(place: Whereabouts) -> Iterator[Defect | Doubt]:
    cluster, guest = place
    if doubt := unknown(place, "row", "config") or unlisted(cluster, "storages"):
        yield doubt
        return
    storages = {storage.name: storage for storage in cluster.storages}
    used = [(disk, storages[disk.storage]) for disk in guest.disks if disk.storage in storages]
    local = [(disk, storage) for disk, storage in used if not storage.shared]
    if local and _is_replicated(cluster, guest):
        local = [(disk, storage) for disk, storage in local if storage.type != _REPLICATED]
    elif any(storage.type == _REPLICATED for _, storage in local) and (doubt := unlisted(cluster, "replications")):
        yield doubt
        local = [(disk, storage) for disk, storage in local if storage.type != _REPLICATED]
    if local:
        where = ", ".join(f"{disk.slot} on {storage.name}" for disk, storage in local)
        yield Defect(
            f"High availability manages it, and its disks are local to {guest.node}: {where}", (place.subject,)
        )


def _is_replicated(cluster: Cluster, guest: Guest) -> bool:
    return any(job.guest == guest.vmid and job.enabled and not job.remove_job for job in cluster.replications)


def in_error(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find guests that HA has given up."""
    for place in estate.machines:
        if place.guest.hastate == "error":
            yield Defect("Its HA resource is in the state error", (place.subject,))


RULES = (
    RegisteredRule(
        "ha-guest-on-local-storage",
        Severity.ERROR,
        "the guest's HA state and configuration, storages, replication jobs",
        "When its node fails, HA starts it on another node, where its disks are not: it stays down.",
        "Move the disks to a shared storage, replicate them (ZFS), or take the guest out of HA.",
        local_storage,
    ),
    RegisteredRule(
        "ha-guest-in-error",
        Severity.ERROR,
        "the guest's HA state",
        "HA has given the guest up and does nothing for it any more, whatever becomes of its node.",
        "Find the cause in the task log, then set it to `disabled` and back to `started`.",
        in_error,
    ),
)
