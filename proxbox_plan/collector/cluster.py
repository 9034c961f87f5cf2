"""The cluster as a whole: its nodes, its list of guests, its storages, and how far each list can be trusted."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.proxmox import ProxmoxReadError
from proxbox_plan.collector.answers import (
    ClusterRow,
    GuestRow,
    NodeRow,
    StatusNodeRow,
    StorageRow,
    WrongShapeError,
    of_type,
    read_one,
    read_rows,
)
from proxbox_plan.collector.grammar import parse_names
from proxbox_plan.collector.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.collector.rights import SEE_GUESTS, SEE_STORAGES, Rights, read_rights
from proxbox_plan.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, ClusterCoverage, Coverage, Gap, Storage

STATUS, NODES, RESOURCES, STORAGES = "/cluster/status", "/nodes", "/cluster/resources", "/storage"
ALWAYS_SHARED = frozenset({"cephfs", "cifs", "glusterfs", "iscsi", "iscsidirect", "nfs", "pbs", "rbd", "zfs"})
RIGHTS_HINT = "Give the user and its token the role PVEAuditor on the path `/`, with propagation."


@dataclass(frozen=True)
class NodeSeen:
    """A node as the cluster sees it."""

    name: str
    online: bool
    address: str | None = None


@dataclass(frozen=True)
class Membership:
    """Who belongs to the cluster."""

    name: str | None
    standalone: bool
    nodes: dict[str, NodeSeen]
    coverage: Coverage


@dataclass(frozen=True)
class Overview:
    """What is known before any single node or guest is asked."""

    membership: Membership
    guests: list[GuestRow]
    storages: tuple[Storage, ...]
    rights: Rights
    coverage: ClusterCoverage


def read_overview(reader: Reader, connection: ProxmoxConnection, pool: Executor) -> Overview:
    """Read the lists, all at once; fails with ProxmoxError when there is nothing to trust."""
    asked_members = pool.submit(read_membership, reader)
    asked_guests = pool.submit(read_guest_rows, reader)
    asked_rights = pool.submit(read_rights, reader, connection)
    asked_storages = pool.submit(reader.get, STORAGES)
    members, (guests, listed), rights = asked_members.result(), asked_guests.result(), asked_rights.result()
    if not members.nodes:
        raise ProxmoxError(f"Cluster {connection.cluster!r} lists no node at all.", hint=RIGHTS_HINT)
    see, privileges = SEE_GUESTS
    if not guests and not rights.anywhere(privileges):
        raise ProxmoxError(f"The token of cluster {connection.cluster!r} may not see a single guest.", hint=RIGHTS_HINT)
    try:
        storages, stored = read_storages(asked_storages.result(), rights)
    except ProxmoxReadError as error:
        storages, stored = (), incomplete_because(error)
    complete = _first_gap(listed, members.coverage, rights.prove(see, privileges))
    coverage = ClusterCoverage(nodes=members.coverage, guests=complete, storages=stored)
    return Overview(members, guests, storages, rights, coverage)


def read_membership(reader: Reader) -> Membership:
    """Read /cluster/status; without the right to it, the plain list of nodes must do."""
    try:
        data = reader.get(STATUS)
        membership = _membership(data)
    except ProxmoxReadError as error:
        return _membership_from_nodes(reader, incomplete_because(error))
    except WrongShapeError as error:
        return _membership_from_nodes(reader, wrong_shape(STATUS, str(error)))
    return membership


def _membership(data: Any) -> Membership:
    rows, problem = read_rows(StatusNodeRow, of_type(data, "node"))
    if not rows:
        raise WrongShapeError(problem or "no node in it")
    clusters = [read_one(ClusterRow, row) for row in data if isinstance(row, dict) and row.get("type") == "cluster"]
    coverage = wrong_shape(STATUS, problem) if problem else COMPLETE
    if clusters and not clusters[0].quorate:
        coverage = incomplete(Gap.NO_QUORUM, f"GET {STATUS}: the cluster has no quorum")
    return Membership(
        name=clusters[0].name if clusters else None,
        standalone=not clusters,
        nodes={row.name: NodeSeen(row.name, row.online, row.ip) for row in rows},
        coverage=coverage,
    )


def _membership_from_nodes(reader: Reader, why: Coverage) -> Membership:
    try:
        rows, _ = read_rows(NodeRow, reader.get(NODES))
    except ProxmoxReadError as error:
        raise ProxmoxError(
            f"Neither the cluster's status nor its nodes can be read. {error}", hint=RIGHTS_HINT
        ) from None
    # Only `offline` is certain; a node without fresh numbers is `unknown` and may be well.
    seen = {row.node: NodeSeen(row.node, row.status != "offline") for row in rows}
    return Membership(name=None, standalone=False, nodes=seen, coverage=why)


def read_guest_rows(reader: Reader) -> tuple[list[GuestRow], Coverage]:
    """Read the rows of all guests; an unreadable list is an error, never an empty cluster."""
    try:
        data = reader.get(RESOURCES)
    except ProxmoxReadError as error:
        raise ProxmoxError(f"The list of guests cannot be read. {error}", hint=RIGHTS_HINT) from None
    if not isinstance(data, list):
        raise ProxmoxError(f"The list of guests cannot be read. GET {RESOURCES}: not a list", hint=RIGHTS_HINT)
    rows, problem = read_rows(GuestRow, of_type(data, "qemu", "lxc"))
    unique = {(row.type, row.vmid): row for row in sorted(rows, key=lambda row: (row.type, row.vmid, row.node))}
    if len(unique) != len(rows):
        problem = problem or "one guest stands there twice"
    return list(unique.values()), wrong_shape(RESOURCES, problem) if problem else COMPLETE


def read_storages(data: Any, rights: Rights) -> tuple[tuple[Storage, ...], Coverage]:
    """Read the definitions of the storages, without the settings that tell how to get in."""
    rows, problem = read_rows(StorageRow, data)
    storages = [
        Storage(
            name=row.storage,
            type=row.type,
            content=parse_names(row.content or ""),
            shared=row.shared or row.type in ALWAYS_SHARED,
            enabled=not row.disable,
            nodes=parse_names(row.nodes or ""),
        )
        for row in rows
    ]
    coverage = wrong_shape(STORAGES, problem) if problem else rights.prove(*SEE_STORAGES)
    return tuple(sorted(storages, key=lambda storage: storage.name)), coverage


def _first_gap(*coverages: Coverage) -> Coverage:
    return next((coverage for coverage in coverages if not coverage.complete), COMPLETE)
