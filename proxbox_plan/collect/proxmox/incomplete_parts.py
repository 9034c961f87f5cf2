"""Incomplete parts: which parts of a cluster are incomplete, by path, for the log."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state import Cluster, Coverage, Guest, Incomplete, Node


def incomplete_parts(cluster: Cluster) -> Iterator[tuple[str, Coverage]]:
    """Yield path (`nodes/pve3/network`) and coverage of each incomplete part that was requested."""
    for place, coverage in _all_parts(cluster):
        if not coverage.complete and coverage.reason is not Incomplete.NOT_READ:
            yield place, coverage


def _all_parts(cluster: Cluster) -> Iterator[tuple[str, Coverage]]:
    yield from _fields("", cluster.coverage)
    for node in cluster.nodes:
        yield from _parts(f"nodes/{node.name}/", node)
    for guest in cluster.guests:
        yield from _parts(f"{guest.type}/{guest.vmid}/", guest)
    for storage in cluster.storages:
        yield f"storages/{storage.name}/backups", storage.backups_coverage
    if cluster.firewall is not None:
        yield "firewall", cluster.firewall.coverage
    if cluster.sdn is not None:
        yield "sdn", cluster.sdn.coverage


def _parts(place: str, owner: Node | Guest) -> Iterator[tuple[str, Coverage]]:
    yield from _fields(place, owner.coverage)
    if owner.firewall is not None:
        yield f"{place}firewall", owner.firewall.coverage


def _fields(place: str, coverages: Frozen) -> Iterator[tuple[str, Coverage]]:
    """Yield each field of a `ClusterCoverage`, `NodeCoverage` or `GuestCoverage`."""
    for name, coverage in coverages:
        yield f"{place}{name}", coverage
