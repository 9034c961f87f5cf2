"""Read the lists of a cluster: its nodes, guests, storages and jobs, with the coverage of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import of_type, read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.datacenter_options import UNASKED, Datacenter, read_datacenter
from proxbox_plan.collect.proxmox.jobs import read_backup_jobs, read_cpu_models, read_replications
from proxbox_plan.collect.proxmox.membership import NODES, RIGHTS_HINT, STATUS, Membership, read_membership
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.privileges.effective import (
    ACL,
    PERMISSIONS,
    SEE_CPU_MODELS,
    SEE_GUESTS,
    SEE_STORAGES,
    EffectivePrivileges,
    read_effective_privileges,
)
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, wrong_shape
from proxbox_plan.collect.proxmox.storage import read_storages
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, NOT_READ, ClusterCoverage, Coverage, Incomplete, Storage
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.datacenter import BackupJob, CpuModel, Replication

RESOURCES = "/cluster/resources"
Item = TypeVar("Item")
Covered = tuple[tuple[Item, ...], Coverage]


@dataclass(frozen=True)
class Overview:
    """What is known before any single node or guest is read."""

    membership: Membership
    guests: list[GuestRow]
    privileges: EffectivePrivileges
    coverage: ClusterCoverage
    storages: tuple[Storage, ...] = ()
    replications: tuple[Replication, ...] = ()
    backup_jobs: tuple[BackupJob, ...] = ()
    cpu_models: tuple[CpuModel, ...] = ()
    datacenter: Datacenter = UNASKED


def read_overview(reader: Reader, connection: ProxmoxConnection, pool: Executor, options: CollectOptions) -> Overview:
    """Read the lists concurrently; ProxmoxError when neither nodes nor guests can be read."""
    areas = options.areas
    pending_status, pending_nodes = pool.submit(reader.get, STATUS), pool.submit(reader.get, NODES)
    pending_guests = pool.submit(read_guest_rows, reader)
    pending_permissions, pending_acl = pool.submit(reader.get, PERMISSIONS), pool.submit(reader.get, ACL)

    def submit(included: bool, read: Callable[[], Covered[Item]]) -> Future[Covered[Item]]:  # noqa: FBT001 # as areas are
        return pool.submit(read if included else _nothing)

    pending_storages = submit(areas.storages or areas.backups, lambda: read_storages(reader))
    pending_replications = submit(areas.replications, lambda: read_replications(reader))
    pending_jobs = submit(areas.backup_jobs, lambda: read_backup_jobs(reader))
    pending_models = submit(areas.cpu_models, lambda: read_cpu_models(reader, options.version))
    wants_options = areas.notes or areas.tag_colors
    pending_options = pool.submit(read_datacenter, reader) if wants_options else None
    guests, nodes, listed = pending_guests.result()
    members = read_membership(pending_status.result, pending_nodes.result).checked(row.node for row in guests)
    privileges = read_effective_privileges(connection, pending_permissions.result, pending_acl.result)
    _check_sight(connection, guests, privileges)
    storages, stored = pending_storages.result()
    replications, replicated = pending_replications.result()
    jobs, scheduled = pending_jobs.result()
    models, modelled = pending_models.result()
    datacenter = pending_options.result().asked(areas, privileges) if pending_options is not None else UNASKED
    coverage = ClusterCoverage(
        status=members.status,
        nodes=members.coverage,
        guests=first_incomplete(
            listed,
            members.coverage,
            _beside(members.nodes, nodes),
            _named(replications, guests),
            privileges.prove(*SEE_GUESTS),
        ),
        storages=first_incomplete(stored, privileges.prove(*SEE_STORAGES)) if areas.storages else NOT_READ,
        replications=first_incomplete(replicated, privileges.prove(*SEE_GUESTS)),
        backup_jobs=scheduled,
        cpu_models=first_incomplete(modelled, privileges.prove(*SEE_CPU_MODELS)),
        notes=datacenter.notes,
        tag_colors=datacenter.colors,
    )
    return Overview(members, guests, privileges, coverage, storages, replications, jobs, models, datacenter)


def _beside(members: Iterable[str], nodes: Iterable[str]) -> Coverage:
    """Return whether every node is listed beside the guests: everybody sees all of them, so no list is without one."""
    lacking = sorted({*members}.difference(nodes))
    if not lacking:
        return COMPLETE
    return incomplete(Incomplete.CONTRADICTION, f"GET {RESOURCES} does not list the node {lacking[0]}")


def _named(replications: tuple[Replication, ...], guests: list[GuestRow]) -> Coverage:
    """Return whether every guest with a replication job is listed: Proxmox removes the jobs with the guest."""
    listed = {row.vmid for row in guests}
    lacking = sorted(job.guest for job in replications if job.guest not in listed)
    if not lacking:
        return COMPLETE
    return incomplete(Incomplete.CONTRADICTION, f"GET {RESOURCES} does not list the replicated guest {lacking[0]}")


def _nothing() -> tuple[tuple[()], Coverage]:
    return (), NOT_READ


def _check_sight(connection: ProxmoxConnection, guests: list[GuestRow], privileges: EffectivePrivileges) -> None:
    _, decisive = SEE_GUESTS
    if not guests and not privileges.anywhere(decisive):
        raise ProxmoxError(f"The token of cluster {connection.cluster!r} may not view any guest.", hint=RIGHTS_HINT)


class Listed(NamedTuple):
    """The rows of all guests, the names of the nodes beside them, and whether it could be read completely."""

    guests: list[GuestRow]
    nodes: frozenset[str]
    coverage: Coverage


def read_guest_rows(reader: Reader) -> Listed:
    """Read the rows of all guests; an unreadable list is an error, never an empty cluster."""
    try:
        data = reader.get(RESOURCES)
    except ProxmoxReadError as error:
        raise ProxmoxError(f"The list of guests cannot be read. {error}", hint=RIGHTS_HINT) from None
    if not isinstance(data, list):
        raise ProxmoxError(f"The list of guests cannot be read. GET {RESOURCES}: not a list", hint=RIGHTS_HINT)
    rows, problem = read_rows(GuestRow, of_type(data, "qemu", "lxc"))
    if any(isinstance(row, dict) and "type" not in row for row in data):
        problem = problem or "a row without a type"
    unique = {(row.type, row.vmid): row for row in sorted(rows, key=lambda row: (row.type, row.vmid, row.node))}
    if len(unique) != len(rows):
        problem = problem or "duplicate entry of a guest"
    nodes = frozenset(str(row.get("node")) for row in data if isinstance(row, dict) and row.get("type") == "node")
    return Listed(list(unique.values()), nodes, wrong_shape(RESOURCES, problem) if problem else COMPLETE)
