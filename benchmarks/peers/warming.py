"""NetBox's workers load most of their code with their first requests, which is no tool's time."""

from __future__ import annotations

from benchmarks.peers.bed import NetBox
from benchmarks.peers.ours import OURS
from benchmarks.peers.scene import staged

ROUNDS, GUESTS = 3, 20  # so that every worker has had every sort of request, mostly


def warm(netbox: NetBox) -> None:
    """Sync a small cluster a few times, without measuring."""
    for _ in range(ROUNDS):
        netbox.reset()
        with staged(GUESTS, netbox) as scene, OURS.session(scene) as session:
            session.first()
            session.second()
