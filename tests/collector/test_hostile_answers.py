"""Whatever JSON comes in place of an answer: the run ends with a state, or with a ProxmoxError."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.clients.proxmox import ProxmoxClient
from proxbox_plan.collector.cluster import read_overview
from proxbox_plan.collector.guest import Whereabouts, collect_guest
from proxbox_plan.collector.node import collect_node
from proxbox_plan.collector.reading import Reader
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.cluster.answers import DescriptionAnswers
from proxbox_plan.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import Cluster, State

WORDS = """
type vmid node name status template lock tags pool iface cidr address netmask mtu vlan-id storage content shared
cpuinfo memory cpus total net0 net1 scsi0 rootfs ipconfig0 agent smbios1 cores sockets description result
hardware-address ip-addresses ip-address prefix online quorate ip path roleid ugid / /vms /vms/100 VM.Audit
"""
TEXTS = "1 x qemu lxc node cluster pve1 running bridge virtio name=eth0 a:b,size=1G 10.0.0.1/24 ::1%z 1=1 \x00 é"
KEYS = st.sampled_from(WORDS.split())
VALUES = st.sampled_from([0, 1, -1, 1.5, 10**30, True, None, "", float("nan"), *TEXTS.split(" ")])
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=20
)
ENDPOINTS = (
    "/cluster/status",
    "/cluster/resources",
    "/access/permissions",
    "/access/acl",
    "/storage",
    "/nodes",
    "/status",
    "/network",
    "/config",
    "/agent/network-get-interfaces",
    "/interfaces",
)
DESCRIPTION = ClusterDescription.seeded(1, guests=6, nodes=1)
CONNECTION = ProxmoxConnection(cluster="lab", host="pve", user="proxbox@pve")


class Substituting:
    """Answers from a description, with one kind of answer replaced."""

    def __init__(self, ending: str, data: object) -> None:
        """Take what to replace, and by what."""
        self._answers = DescriptionAnswers(DESCRIPTION)
        self._ending = ending
        self._data = data

    def get(self, path: str, **_: object) -> Any:
        """Answer like the client."""
        if path.endswith(self._ending):
            return self._data
        return self._answers.answer(path, {}).body["data"]


def run(ending: str, data: object) -> Cluster:
    """Collect everything, without a network."""
    reader = Reader(cast("ProxmoxClient", Substituting(ending, data)))
    with ThreadPoolExecutor(max_workers=1) as pool:
        overview = read_overview(reader, CONNECTION, pool)
    members = overview.membership.nodes
    whereabouts = Whereabouts(reader, members)
    return Cluster(
        name="lab",
        nodes=tuple(collect_node(reader, seen, overview.rights) for seen in members.values()),
        guests=tuple(collect_guest(reader, row, whereabouts) for row in overview.guests),
        storages=overview.storages,
        coverage=overview.coverage,
    )


@pytest.mark.parametrize("ending", ENDPOINTS)
@settings(max_examples=40, deadline=None)
@given(data=JSON | st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=5))
def test_any_json_is_survived(ending: str, data: object) -> None:
    """No exception but ProxmoxError, and what comes out can be written and read back."""
    with suppress(ProxmoxError):
        state = State.make(clusters=(run(ending, data),))
        assert State.model_validate_json(state.to_json().encode("utf-8")) == state


@pytest.mark.parametrize("ending", ENDPOINTS)
@settings(max_examples=40, deadline=None)
@given(data=JSON)
def test_nothing_that_was_not_understood_is_complete(ending: str, data: object) -> None:
    """A text, a number or nothing in place of a table or list is never complete proof."""
    if isinstance(data, dict | list) or ending in {"/access/acl", "/nodes"}:
        return
    with suppress(ProxmoxError):
        cluster = run(ending, data)
        covered = [cluster.coverage.nodes, cluster.coverage.guests, cluster.coverage.storages]
        covered += [part for node in cluster.nodes for part in (node.coverage.status, node.coverage.network)]
        covered += [part for found in cluster.guests for part in (found.coverage.config, found.coverage.addresses)]
        assert any(part.complete is False for part in covered)
