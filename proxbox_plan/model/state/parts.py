"""Parts of a cluster that have a coverage of their own, by path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state.coverage import Coverage, Incomplete
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.model.state.state import Cluster, GuestCoverage


class CoveredPart(NamedTuple):
    """One part: the object it belongs to (`node pve3`; empty: the cluster), its name, and its coverage."""

    owner: str
    name: str
    coverage: Coverage


def parts(cluster: Cluster) -> Iterator[CoveredPart]:
    """Yield every part of a cluster, whether or not it was read completely."""
    yield from _fields("", cluster.coverage)
    for node in cluster.nodes:
        yield from _fields(f"node {node.name}", node.coverage)
        yield from _firewall(f"node {node.name}", node.firewall)
    for guest in cluster.guests:
        yield from _of_guest(f"{guest.type}/{guest.vmid}", guest.coverage)
        yield from _firewall(f"{guest.type}/{guest.vmid}", guest.firewall)
    for storage in cluster.storages:
        yield CoveredPart(f"storage {storage.name}", "backups", storage.backups_coverage)
    for job in cluster.replications:
        yield CoveredPart(f"replication {job.id}", "status", job.coverage)
    yield from _firewall("", cluster.firewall)
    if cluster.sdn is not None:
        yield CoveredPart("", "sdn", cluster.sdn.coverage)
        yield CoveredPart("", "pending sdn", cluster.sdn.pending_coverage)


def incomplete_parts(cluster: Cluster) -> Iterator[CoveredPart]:
    """Yield every part that was requested and not read completely."""
    for part in parts(cluster):
        if not part.coverage.complete and part.coverage.reason is not Incomplete.NOT_READ:
            yield part


def _of_guest(owner: str, coverages: GuestCoverage) -> Iterator[CoveredPart]:
    for name, coverage in coverages:
        if name != "values":
            yield CoveredPart(owner, name, coverage)
    for name, coverage in coverages.values:
        yield CoveredPart(owner, name, coverage)


def _fields(owner: str, coverages: Frozen) -> Iterator[CoveredPart]:
    """Yield each field of a `ClusterCoverage` or `NodeCoverage`."""
    for name, coverage in coverages:
        yield CoveredPart(owner, name, coverage)


def _firewall(owner: str, rules: Ruleset | None) -> Iterator[CoveredPart]:
    if rules is None:
        return
    yield CoveredPart(owner, "firewall", rules.coverage)
    for group in rules.groups:
        yield CoveredPart(owner, f"security group {group.name}", group.coverage)
    for ipset in rules.ipsets:
        yield CoveredPart(owner, f"IP set {ipset.name}", ipset.coverage)
