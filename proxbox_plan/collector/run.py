"""A whole collection: every cluster beside the others, every node and guest of a cluster in a bounded pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from typing import Any

from proxbox_plan.clients.proxmox import ProxmoxClient
from proxbox_plan.collector.answers import Version, WrongShapeError, read_one
from proxbox_plan.collector.cluster import Overview, read_overview
from proxbox_plan.collector.guest import Whereabouts, collect_guest
from proxbox_plan.collector.node import collect_node
from proxbox_plan.collector.progress import OneAtATime, Progress
from proxbox_plan.collector.reading import Reader
from proxbox_plan.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import Cluster, Guest, Node, State

Warn = Callable[[str], None]


def collect(
    connections: Sequence[ProxmoxConnection], *, progress: Progress | None = None, warn: Warn | None = None
) -> State:
    """Collect all clusters side by side. One that cannot be read is a ProxmoxError, never an empty cluster."""
    names = [connection.cluster for connection in connections]
    if len(set(names)) != len(names):
        raise ProxmoxError("Two clusters have the same name.", hint="Give every cluster a name of its own.")
    listener = OneAtATime(progress)
    with ThreadPoolExecutor(max_workers=max(1, len(connections)), thread_name_prefix="cluster") as pool:
        running = [pool.submit(collect_cluster, each, progress=listener, warn=warn) for each in connections]
    clusters = sorted((future.result() for future in running), key=lambda cluster: cluster.name)
    return State.make(clusters=tuple(clusters))


def collect_cluster(
    connection: ProxmoxConnection, *, progress: Progress | None = None, warn: Warn | None = None
) -> Cluster:
    """Collect one cluster; raises ProxmoxError when there is nothing to trust."""
    workers = max(1, connection.workers)
    with ProxmoxClient(connection, warn=warn) as client:
        pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=connection.cluster)
        try:
            version = _version(client, connection)
            reader = Reader(client)
            overview = read_overview(reader, connection, pool)
            nodes, guests = _read_all(reader, overview, pool, OneAtATime(progress))
        finally:
            # After an error or Ctrl-C nothing more is asked; the calls under way end on their own.
            pool.shutdown(wait=True, cancel_futures=True)
    return Cluster(
        name=connection.cluster,
        proxmox_name=overview.membership.name,
        standalone=overview.membership.standalone,
        version=version,
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
        storages=overview.storages,
        guests=tuple(sorted(guests, key=lambda guest: (guest.type, guest.vmid))),
        coverage=overview.coverage,
    )


def _version(client: ProxmoxClient, connection: ProxmoxConnection) -> str:
    try:
        return read_one(Version, client.connect()).version
    except WrongShapeError:
        hint = "Check host and port (8006): something else may answer there."
        raise ProxmoxError(f"Cluster {connection.cluster!r} does not say its version.", hint=hint) from None


def _read_all(
    reader: Reader, overview: Overview, pool: Executor, progress: OneAtATime
) -> tuple[list[Node], list[Guest]]:
    members = overview.membership.nodes
    whereabouts = Whereabouts(reader, members)
    nodes: dict[Future[Node], str] = {
        pool.submit(collect_node, reader, seen, overview.rights): f"node {seen.name}" for seen in members.values()
    }
    guests: dict[Future[Guest], str] = {
        pool.submit(collect_guest, reader, row, whereabouts): f"{row.type}/{row.vmid}" for row in overview.guests
    }
    progress.started(len(nodes) + len(guests))
    labels: dict[Future[Any], str] = {**nodes, **guests}
    for future in as_completed(labels):
        future.result()
        progress.advanced(labels[future])
    return [future.result() for future in nodes], [future.result() for future in guests]
