"""Everything switched on, and a cluster that has it."""

from __future__ import annotations

from typing import Any

from proxbox_plan.collect.proxmox.run import collect_cluster
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.cluster.features import MOMENT
from proxbox_plan.model.policy.areas import Areas, TaskArea
from proxbox_plan.model.state import Cluster, Guest, Node, Storage
from tests.collect.proxmox.impatience import PATIENCE

EVERYTHING = Areas(snapshots=True, backups=True, tasks=TaskArea(), firewall=True, sdn=True, cpu_models=True)
NOTHING = Areas(
    node_interfaces=False,
    addresses=False,
    guest_interfaces=False,
    storages=False,
    backup_jobs=False,
    replications=False,
)


def describe(guests: int = 4, nodes: int = 2) -> ClusterDescription:
    """Return a cluster with everything Proxmox has."""
    return ClusterDescription.seeded(1, guests=guests, nodes=nodes, name="lab", features="all")


def collected(server: ClusterServer, areas: Areas = EVERYTHING, **changes: Any) -> Cluster:
    """Collect a cluster at the moment its description was made for."""
    connection = server.connection("lab", **{"workers": 2, "timeout": PATIENCE, **changes})
    return collect_cluster(connection, areas=areas, clock=lambda: MOMENT)


def guest(cluster: Cluster, vmid: int) -> Guest:
    """Return one guest."""
    return next(found for found in cluster.guests if found.vmid == vmid)


def node(cluster: Cluster, name: str) -> Node:
    """Return one node."""
    return next(found for found in cluster.nodes if found.name == name)


def storage(cluster: Cluster, name: str) -> Storage:
    """Return one storage."""
    return next(found for found in cluster.storages if found.name == name)
