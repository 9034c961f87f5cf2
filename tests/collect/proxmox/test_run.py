"""A whole collection: same bytes, only reads, several clusters side by side, progress."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoStorage
from proxbox_plan.model.state import State
from tests.collect.proxmox.impatience import PATIENCE
from tests.listening import Listener


@pytest.mark.slow
def test_the_same_cluster_gives_the_same_bytes() -> None:
    """Two runs, two orders of rows, other load numbers: one text."""
    with ClusterServer(ClusterDescription.seeded(1, guests=120)) as server:
        first = collect([server.connection("demo")])
        second = collect([server.connection("demo", ticket=True, workers=3)])
        asked = {request.method for request in server.requests if request.path != "/access/ticket"}
    assert first.to_json() == second.remade(collected=first.collected).to_json()
    assert asked == {"GET"}
    assert first.digest == first.content_digest()
    assert State.model_validate_json(first.to_json()) == first


def test_a_change_in_the_cluster_is_a_change_in_the_state() -> None:
    """One thing changes, one thing differs."""
    description = ClusterDescription.seeded(1, guests=10)
    with ClusterServer(description) as server:
        before = collect([server.connection("demo")]).clusters[0]
        description.rename(105, "renamed")
        after = collect([server.connection("demo")]).clusters[0]
    changed = [(old.vmid, new.name) for old, new in zip(before.guests, after.guests, strict=True) if old != new]
    assert changed == [(105, "renamed")]


def test_a_standalone_node() -> None:
    """It has no cluster row: only the configuration names it."""
    description = ClusterDescription.seeded(1, guests=3, nodes=1)
    description.standalone = True
    description.storages["tank"] = DemoStorage(
        "tank", "zfspool", "images", settings={"pool": "rpool/data"}, nodes=("pve1",)
    )
    with ClusterServer(description) as server:
        cluster = collect([server.connection("alone")]).clusters[0]
    assert (cluster.name, cluster.proxmox_name, cluster.standalone) == ("alone", None, True)
    assert [storage.nodes for storage in cluster.storages if storage.name == "tank"] == [("pve1",)]


def test_clusters_with_the_same_content_stay_apart() -> None:
    """Same vmids, same nodes, same names: two clusters, sorted by their names in the configuration."""
    description = ClusterDescription.seeded(1, guests=5, nodes=1)
    listener = Listener()
    with ClusterServer(description) as one, ClusterServer(description) as two:
        state = collect([two.connection("b"), one.connection("a")], progress=listener)
    assert [cluster.name for cluster in state.clusters] == ["a", "b"]
    assert state.clusters[0].guests == state.clusters[1].guests
    assert listener.total == len(listener.labels) == 12
    assert {"node pve1", "qemu/100"} & set(listener.labels) or "lxc/100" in listener.labels


def test_one_unreachable_cluster_is_an_error() -> None:
    """The others are not passed off as everything."""
    with ClusterServer(ClusterDescription.seeded(1, guests=5, nodes=1)) as server:
        good = server.connection("a")
        with pytest.raises(ProxmoxError, match="'b'"):
            collect([good, server.connection("b", port=1)])


def test_one_unreachable_cluster_can_be_left_out() -> None:
    """When that is asked for, by name and with the reason; when none is left, it is an error again."""
    told: list[tuple[str, str]] = []
    with ClusterServer(ClusterDescription.seeded(1, guests=5, nodes=1)) as server:
        dead = server.connection("b", port=1)
        state = collect([server.connection("a"), dead], leave_out=lambda name, error: told.append((name, str(error))))
        with pytest.raises(ProxmoxError, match="'b'"):
            collect([dead], leave_out=lambda name, error: told.append((name, str(error))))
    assert [cluster.name for cluster in state.clusters] == ["a"]
    assert [name for name, _ in told] == ["b"]
    assert "'b'" in told[0][1]


def test_two_clusters_cannot_share_a_name() -> None:
    """Their keys would collide."""
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server:
        both = [server.connection("a"), server.connection("a")]
        with pytest.raises(ProxmoxError, match="same name"):
            collect(both)


class Crowd(ClusterServer):
    """Answers for the configuration of a guest when so many of them were asked for, and not before."""

    def __init__(self, source: ClusterDescription, size: int) -> None:
        """Take how many must be there."""
        super().__init__(source)
        self._size = size
        self._asked = 0
        self.is_there = asyncio.Event()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/config"):
            self._asked += 1
            if self._asked == self._size:
                self.is_there.set()
            await asyncio.wait_for(self.is_there.wait(), PATIENCE)
        return await super()._handle(request)


def test_calls_go_out_side_by_side() -> None:
    """As many as the pool has workers: all of them are on their way before the first is answered."""
    with Crowd(ClusterDescription.seeded(1, guests=30, nodes=2), 12) as server:
        collect([server.connection("demo", workers=12, timeout=2 * PATIENCE)])
        assert server.is_there.is_set()


def test_no_secret_of_the_demo_gets_into_the_state() -> None:
    """Cloud-init secrets and `args` never do."""
    with ClusterServer(ClusterDescription.seeded(1, guests=80)) as server:
        text = collect([server.connection("demo")]).to_json()
        assert server.token_secret not in text
    for secret in ("ssh-ed25519", "**********", "-device secret", "ciuser"):
        assert secret not in text


def test_an_unverified_cluster_warns() -> None:
    """The warning reaches the caller."""
    heard: list[str] = []
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server:
        unverified = server.connection("demo", verify_tls=False, ca_file=None, port=1)
        with pytest.raises(ProxmoxError):
            collect([unverified], warn=heard.append)
    assert len(heard) == 1
