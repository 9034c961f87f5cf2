"""Collect clusters concurrently; the nodes and guests of each are read by a bounded pool of threads."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from proxbox_plan.clients.proxmox.client import ProxmoxClient
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import Version
from proxbox_plan.collect.proxmox.backups import list_backups, listings_of, with_backups
from proxbox_plan.collect.proxmox.cluster import Overview, read_overview
from proxbox_plan.collect.proxmox.firewall import read_datacenter_firewall
from proxbox_plan.collect.proxmox.guests.guest import collect_guest
from proxbox_plan.collect.proxmox.guests.locator import GuestLocator
from proxbox_plan.collect.proxmox.jobs import read_replication_states, replicating_nodes, with_states
from proxbox_plan.collect.proxmox.node import collect_node
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.pools import with_pool_coverage
from proxbox_plan.collect.proxmox.privileges.effective import SEE_POOLS
from proxbox_plan.collect.proxmox.reading import Reader
from proxbox_plan.collect.proxmox.sdn import read_sdn
from proxbox_plan.collect.proxmox.slow_answers import SLOW, report_slow, reported_when_slow
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.moment import utc
from proxbox_plan.core.progress import OneAtATime, Progress
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import Cluster, State
from proxbox_plan.model.state.parts import incomplete_parts

logger = get_logger("proxbox_plan.collect.proxmox")

Warn = Callable[[str], None]
Clock = Callable[[], float]
Item = TypeVar("Item")
DEFAULT_AREAS = Areas()


def collect(  # noqa: PLR0913 # what to read, and the progress listeners
    connections: Sequence[ProxmoxConnection],
    *,
    areas: Areas = DEFAULT_AREAS,
    progress: Progress | None = None,
    warn: Warn | None = None,
    clock: Clock = time.time,
    leave_out: Callable[[str, ProxmoxError], None] | None = None,
) -> State:
    """Collect all clusters concurrently. One that cannot be read is a ProxmoxError, never an empty cluster.

    With `leave_out`, that is called with name and error, and the state holds the other clusters: what is not in the
    state is out of scope. When no cluster can be read, the error is raised all the same.
    """
    names = [connection.cluster for connection in connections]
    if len(set(names)) != len(names):
        raise ProxmoxError("Two clusters have the same name.", hint="Give every cluster a name of its own.")
    listener = OneAtATime(progress)
    begun = utc(int(clock()))
    with ThreadPoolExecutor(max_workers=max(1, len(connections)), thread_name_prefix="cluster") as pool:
        running = {
            each.cluster: pool.submit(collect_cluster, each, areas=areas, progress=listener, warn=warn, clock=clock)
            for each in connections
        }
    clusters: list[Cluster] = []
    failed: dict[str, ProxmoxError] = {}
    for name, future in sorted(running.items()):
        try:
            clusters.append(future.result())
        except ProxmoxError as error:
            failed[name] = error
    for name, reason in failed.items():
        if leave_out is None or not clusters:
            raise reason
        leave_out(name, reason)
    return State.make(clusters=tuple(clusters), collected={cluster.name: begun for cluster in clusters})


def collect_cluster(
    connection: ProxmoxConnection,
    *,
    areas: Areas = DEFAULT_AREAS,
    progress: Progress | None = None,
    warn: Warn | None = None,
    clock: Clock = time.time,
) -> Cluster:
    """Collect one cluster; ProxmoxError when neither nodes nor guests can be read."""
    workers = max(1, connection.workers)
    begun = time.monotonic()
    listener = OneAtATime(progress)
    with ProxmoxClient(connection, warn=warn) as client:
        pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=connection.cluster)
        try:
            with reported_when_slow(listener.waiting, f"cluster {connection.cluster}"):
                options = CollectOptions(areas, clock(), _version(client, connection))
            cluster = read_cluster(Reader(client), connection, pool, options, listener)
        finally:
            # After an error or Ctrl-C no further request is sent; those in flight end on their own.
            pool.shutdown(wait=True, cancel_futures=True)
    _log_cluster(cluster, time.monotonic() - begun)
    return cluster


def _log_cluster(cluster: Cluster, seconds: float) -> None:
    """Log each incomplete part, then a summary of what was read."""
    if not logger.isEnabledFor(logging.INFO):
        return
    parts = list(incomplete_parts(cluster))
    for owner, name, coverage in parts:
        place = f"{owner} {name}".lstrip()
        logger.info("%s: %s: incomplete (%s): %s", cluster.name, place, coverage.reason, coverage.detail)
    counts = f"nodes: {len(cluster.nodes)}, guests: {len(cluster.guests)}, incomplete parts: {len(parts)}"
    logger.info("%s: read in %.1f s; %s", cluster.name, seconds, counts)


def _version(client: ProxmoxClient, connection: ProxmoxConnection) -> str:
    try:
        return read_one(Version, client.connect()).version
    except WrongShapeError:
        hint = "Check host and port (8006): another service may answer there."
        raise ProxmoxError(f"Cluster {connection.cluster!r} does not say its version.", hint=hint) from None


def read_cluster(
    reader: Reader, connection: ProxmoxConnection, pool: Executor, options: CollectOptions, progress: OneAtATime
) -> Cluster:
    """Read one cluster: first the lists, then the objects on them."""
    with reported_when_slow(progress.waiting, f"the lists of cluster {connection.cluster}"):
        overview = read_overview(reader, connection, pool, options)
    return _read_parts(reader, connection.cluster, overview, options, _Parts(pool, progress))


class _Parts:
    """The parts that are read concurrently, each with its label."""

    def __init__(self, pool: Executor, progress: OneAtATime) -> None:
        self._pool = pool
        self._progress = progress
        self._labels: dict[Future[Any], str] = {}

    def add(self, label: str, read: Callable[..., Item], *given: Any) -> Future[Item]:
        """Submit one part to the pool."""
        future = self._pool.submit(read, *given)
        self._labels[future] = label
        return future

    def wait(self) -> None:
        """Wait for all of them."""
        self._progress.started(len(self._labels))
        pending = set(self._labels)
        while pending:
            done, pending = wait(pending, SLOW, FIRST_COMPLETED)
            for future in done:
                future.result()
                self._progress.advanced(self._labels[future])
            if not done:
                report_slow(self._progress.waiting, self._oldest(pending))

    def _oldest(self, pending: set[Future[Any]]) -> str:
        """Return the label of the oldest request that is not done."""
        return next(label for future, label in self._labels.items() if future in pending)


def _read_parts(reader: Reader, name: str, overview: Overview, options: CollectOptions, parts: _Parts) -> Cluster:
    members = overview.membership
    locator = GuestLocator(reader, members.nodes)
    replicating = replicating_nodes(overview.replications, overview.guests, members.nodes)
    nodes = [
        parts.add(f"node {seen.name}", collect_node, reader, seen, overview.privileges, options)
        for seen in members.nodes.values()
    ]
    guests = [
        parts.add(f"{row.type}/{row.vmid}", collect_guest, reader, row, locator, options) for row in overview.guests
    ]
    listings = listings_of(overview.storages, members) if options.areas.backups else []
    backups = [parts.add(f"backups on {one.storage}", list_backups, reader, one) for one in listings]
    states = [
        parts.add(f"replication of {node}", read_replication_states, reader, node) for node in sorted(replicating)
    ]
    firewall = parts.add("firewall", read_datacenter_firewall, reader) if options.areas.firewall else None
    sdn = parts.add("networks", read_sdn, reader, overview.privileges, options.version) if options.areas.sdn else None
    parts.wait()
    storages, listed = overview.storages, [future.result() for future in backups]
    pools = overview.privileges.prove(*SEE_POOLS)
    found = (with_pool_coverage(future.result(), pools) for future in guests)
    return Cluster(
        name=name,
        proxmox_name=members.name,
        standalone=members.standalone,
        version=options.version,
        nodes=tuple(sorted((future.result() for future in nodes), key=lambda node: node.name)),
        storages=with_backups(storages, listed, members, overview.privileges) if options.areas.backups else storages,
        guests=tuple(sorted(found, key=lambda guest: (guest.type, guest.vmid))),
        config_version=members.version,
        quorate=members.quorate,
        replications=with_states(overview.replications, [future.result() for future in states]),
        backup_jobs=overview.backup_jobs,
        cpu_models=overview.cpu_models,
        description=overview.datacenter.description,
        tag_colors=overview.datacenter.tag_colors,
        firewall=firewall.result() if firewall else None,
        sdn=sdn.result() if sdn else None,
        coverage=overview.coverage,
    )
