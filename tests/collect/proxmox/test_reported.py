"""What a collection says of itself while it runs: which parts are incomplete, and what takes long."""

from __future__ import annotations

import logging

import pytest

from proxbox_plan.collect.proxmox import run, slow_answers
from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.core.progress import OneAtATime
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import (
    Cluster,
    ClusterCoverage,
    Coverage,
    Guest,
    GuestCoverage,
    Incomplete,
    Node,
    NodeCoverage,
    Storage,
)
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.model.state.parts import incomplete_parts
from proxbox_plan.model.state.sdn import Sdn
from tests.listening import Listener

BROKEN = Coverage(complete=False, reason=Incomplete.NODE_OFFLINE, detail="node pve3 is offline")
UNASKED = Coverage(complete=False, reason=Incomplete.NOT_READ)


def test_every_incomplete_part_is_named_by_its_place() -> None:
    """Lists, nodes, guests, backups, firewalls, networks; not what was not requested."""
    node = NodeCoverage(network=BROKEN, tasks=UNASKED)
    guest = GuestCoverage(config=BROKEN, snapshots=BROKEN)
    cluster = Cluster(
        name="lab",
        coverage=ClusterCoverage(guests=BROKEN, replications=UNASKED),
        nodes=(Node(name="pve3", online=False, coverage=node, firewall=ruleset()),),
        guests=(
            Guest(
                type="qemu",
                vmid=100,
                node="pve3",
                status="running",
                coverage=guest,
            ),
        ),
        storages=(Storage(name="nfs", type="nfs", backups_coverage=BROKEN),),
        firewall=ruleset(),
        sdn=Sdn(coverage=BROKEN),
    )
    assert [f"{owner}:{name}" for owner, name, _ in incomplete_parts(cluster)] == [
        ":guests",
        "node pve3:network",
        "node pve3:firewall",
        "qemu/100:config",
        "qemu/100:snapshots",
        "storage nfs:backups",
        ":firewall",
        ":sdn",
    ]


def ruleset() -> Ruleset:
    """Return an incomplete firewall."""
    return Ruleset(coverage=BROKEN)


def test_a_collection_logs_them(caplog: pytest.LogCaptureFixture) -> None:
    """One line each, after the requests, and one for the cluster."""
    caplog.set_level(logging.INFO, "proxbox_plan")
    with ClusterServer(ClusterDescription.seeded(1, guests=2, nodes=2, name="lab")) as server:
        server.faults.add("/nodes/pve2/network", status=595, reason="no route")
        collect([server.connection("lab")], areas=Areas())
    lines = [record.getMessage() for record in caplog.records if record.name == "proxbox_plan.collect.proxmox"]
    assert "lab: node pve2 network: incomplete (unreachable): GET /nodes/pve2/network: 595 no route" in lines
    assert lines[-1].startswith("lab: read in ")
    assert lines[-1].endswith(f"incomplete parts: {len(lines) - 1}")


@pytest.mark.covering
def test_a_slow_proxmox_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """First the whole cluster, then the part that is waited for; the end of the wait, too."""
    for module in (run, slow_answers):
        monkeypatch.setattr(module, "SLOW", 0.05)
    listener = Listener()
    with ClusterServer(ClusterDescription.seeded(1, guests=2, nodes=1, name="lab")) as server:
        server.faults.add("/version", hang=0.3)
        server.faults.add("/nodes/pve1/network", hang=0.3)
        collect([server.connection("lab", timeout=5)], progress=listener)
    assert listener.waits[0] == "Proxmox to answer about cluster lab, for more than 0 s"
    assert listener.waits[1] == ""
    assert "Proxmox to answer about node pve1, for more than 0 s" in listener.waits


def test_nobody_need_listen() -> None:
    """A library call without progress waits in silence."""
    silent = OneAtATime(None)
    silent.started(1)
    silent.advanced("x")
    silent.waiting("x")
