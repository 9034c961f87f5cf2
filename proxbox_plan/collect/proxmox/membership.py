"""The members of a cluster, and what contradicts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one, read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import ClusterRow, NodeRow, StatusNodeRow
from proxbox_plan.collect.proxmox.reading import Ask, incomplete, incomplete_because, wrong_shape
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.state import COMPLETE, Coverage, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete

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
    membership: Coverage = COMPLETE
    """Whether it is known to be online, and under which address and id."""
    listing: Coverage = COMPLETE
    """Whether its fingerprint is known."""


@dataclass(frozen=True)
class Membership:
    """The members of a cluster."""

    name: str | None
    standalone: bool
    nodes: dict[str, ListedNode]
    status: Coverage
    """Whether its name and mode are known."""
    coverage: Coverage
    """Whether these are all nodes."""
    quorate: bool = True
    version: int | None = None

    def checked(self, guest_nodes: Iterable[str]) -> Membership:
        """Return the members as they are to be trusted when guests or nodes are on these nodes.

        Without an answer of corosync (it is down, pmxcfs was started with `-l`, or the node is separated) Proxmox
        answers 200 with the local node alone, as if it was no cluster.
        """
        unlisted = sorted(set(guest_nodes) - set(self.nodes))
        if not unlisted or not self.status.complete:
            return self
        why = incomplete(Incomplete.CONTRADICTION, f"GET {STATUS} does not list the node {unlisted[0]}")
        nodes = {name: replace(node, membership=why) for name, node in self.nodes.items()}
        return replace(self, nodes=nodes, status=why, coverage=why)


def read_membership(ask_status: Ask, ask_nodes: Ask) -> Membership:
    """Read /cluster/status and /nodes; when the token may not read the first, the second alone.

    Each reports different facts about a node; a fact that only one of them has is no error.
    """
    listed, listing = _listed(ask_nodes)
    try:
        members = _membership(ask_status())
    except ProxmoxReadError as error:
        return _membership_from_nodes(listed, incomplete_because(error), listing)
    except WrongShapeError as error:
        return _membership_from_nodes(listed, wrong_shape(STATUS, str(error)), listing)
    fingerprints = {row.node: row.ssl_fingerprint for row in listed}
    nodes = {name: _with_fingerprint(node, fingerprints.get(name), listing) for name, node in members.nodes.items()}
    return replace(members, nodes=nodes).checked(fingerprints)


def _membership(data: Any) -> Membership:
    rows, problem = read_rows(StatusNodeRow, _of_type(data, "node"))
    if not rows:
        raise WrongShapeError(problem or "no node in it")
    found = [read_one(ClusterRow, row) for row in _of_type(data, "cluster")]
    cluster = found[0] if found else None
    if any("level" not in row.model_fields_set for row in rows):
        problem = problem or "a node without its level of support"
    if cluster is not None and cluster.nodes != len(rows):
        problem = problem or f"{cluster.nodes} nodes in the cluster, but {len(rows)} listed"
    if cluster is None and (len(rows) > 1 or rows[0].nodeid):
        problem = problem or "a member of a cluster, but no cluster"
    status = wrong_shape(STATUS, problem) if problem else COMPLETE
    if cluster is not None and not cluster.quorate:
        why = incomplete(Incomplete.NO_QUORUM, f"GET {STATUS}: the cluster has no quorum")
        return _members(cluster, rows, status, why)
    return _members(cluster, rows, status, status)


def _members(cluster: ClusterRow | None, rows: list[StatusNodeRow], status: Coverage, coverage: Coverage) -> Membership:
    # A partition without quorum takes the nodes it does not see for offline; those it sees are online.
    nodes = {
        row.name: ListedNode(
            row.name, row.online, row.ip, row.nodeid, row.level, membership=status if row.online else coverage
        )
        for row in rows
    }
    if cluster is None:
        return Membership(None, standalone=True, nodes=nodes, status=status, coverage=coverage)
    return Membership(
        cluster.name,
        standalone=False,
        nodes=nodes,
        status=status,
        coverage=first_incomplete(status, coverage),
        quorate=cluster.quorate,
        version=cluster.version,
    )


def _of_type(data: Any, kind: str) -> list[Any]:
    """Return the rows of one type; a row that does not say its type may be of any."""
    if not isinstance(data, list):
        raise WrongShapeError("not a list")
    if any(not isinstance(row, dict) or not isinstance(row.get("type"), str) for row in data):
        raise WrongShapeError("a row without a type")
    return [row for row in data if row["type"] == kind]


def _listed(ask_nodes: Ask) -> tuple[list[NodeRow], Coverage]:
    try:
        rows, problem = read_rows(NodeRow, ask_nodes())
    except ProxmoxReadError as error:
        return [], incomplete_because(error)
    return rows, wrong_shape(NODES, problem) if problem else COMPLETE


def _with_fingerprint(node: ListedNode, fingerprint: str | None, listing: Coverage) -> ListedNode:
    """Return a node with its fingerprint, which every node has, but which cannot be read at all times."""
    if fingerprint is None and listing.complete:
        listing = wrong_shape(NODES, f"no fingerprint of {node.name}")
    return replace(node, ssl_fingerprint=fingerprint, listing=listing)


def _membership_from_nodes(listed: list[NodeRow], why: Coverage, listing: Coverage) -> Membership:
    if not listed:
        reason = listing.detail or f"GET {NODES}: no nodes"
        raise ProxmoxError(f"Neither the cluster's status nor its nodes can be read. {reason}", hint=RIGHTS_HINT)
    # Only `offline` is certain; a node without fresh numbers is `unknown` and may be online.
    seen = ((row, ListedNode(row.node, row.status != "offline", membership=why)) for row in listed)
    nodes = {row.node: _with_fingerprint(node, row.ssl_fingerprint, listing) for row, node in seen}
    return Membership(None, standalone=False, nodes=nodes, status=why, coverage=why)
