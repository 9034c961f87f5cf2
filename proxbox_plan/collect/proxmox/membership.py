"""The members of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, of_type, read_one, read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import ClusterRow, NodeRow, StatusNodeRow
from proxbox_plan.collect.proxmox.reading import Ask, incomplete, incomplete_because, wrong_shape
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.state import COMPLETE, Coverage, Incomplete

STATUS, NODES = "/cluster/status", "/nodes"
RIGHTS_HINT = "Give the user and its token the role PVEAuditor on the path `/`, with propagation."


@dataclass(frozen=True)
class ListedNode:
    """A node as the cluster lists it."""

    name: str
    online: bool
    address: str | None = None
    id: int | None = None
    support_level: str = ""
    ssl_fingerprint: str | None = None


@dataclass(frozen=True)
class Membership:
    """The members of a cluster."""

    name: str | None
    standalone: bool
    nodes: dict[str, ListedNode]
    coverage: Coverage
    quorate: bool = True
    version: int | None = None


def read_membership(ask_status: Ask, ask_nodes: Ask) -> Membership:
    """Read /cluster/status and /nodes; when the token may not read the first, the second alone.

    Each reports different facts about a node; a fact that only one of them has is no error.
    """
    try:
        return _membership(ask_status(), _fingerprints(ask_nodes))
    except ProxmoxReadError as error:
        return _membership_from_nodes(ask_nodes, incomplete_because(error))
    except WrongShapeError as error:
        return _membership_from_nodes(ask_nodes, wrong_shape(STATUS, str(error)))


def _membership(data: Any, fingerprints: dict[str, str | None]) -> Membership:
    rows, problem = read_rows(StatusNodeRow, of_type(data, "node"))
    if not rows:
        raise WrongShapeError(problem or "no node in it")
    found = [read_one(ClusterRow, row) for row in data if isinstance(row, dict) and row.get("type") == "cluster"]
    cluster = found[0] if found else None
    coverage = wrong_shape(STATUS, problem) if problem else COMPLETE
    if cluster is not None and not cluster.quorate:
        coverage = incomplete(Incomplete.NO_QUORUM, f"GET {STATUS}: the cluster has no quorum")
    nodes = {
        row.name: ListedNode(row.name, row.online, row.ip, row.nodeid, row.level, fingerprints.get(row.name))
        for row in rows
    }
    if cluster is None:
        return Membership(name=None, standalone=True, nodes=nodes, coverage=coverage)
    return Membership(
        cluster.name, standalone=False, nodes=nodes, coverage=coverage, quorate=cluster.quorate, version=cluster.version
    )


def _fingerprints(ask_nodes: Ask) -> dict[str, str | None]:
    try:
        rows, _ = read_rows(NodeRow, ask_nodes())
    except ProxmoxReadError:
        return {}
    return {row.node: row.ssl_fingerprint for row in rows}


def _membership_from_nodes(ask_nodes: Ask, why: Coverage) -> Membership:
    try:
        rows, _ = read_rows(NodeRow, ask_nodes())
    except ProxmoxReadError as error:
        raise ProxmoxError(
            f"Neither the cluster's status nor its nodes can be read. {error}", hint=RIGHTS_HINT
        ) from None
    # Only `offline` is certain; a node without fresh numbers is `unknown` and may be online.
    seen = {
        row.node: ListedNode(row.node, row.status != "offline", ssl_fingerprint=row.ssl_fingerprint) for row in rows
    }
    return Membership(name=None, standalone=False, nodes=seen, coverage=why)
