"""Whatever JSON comes in place of an answer: the run ends with a state, or with a ProxmoxError."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.clients.proxmox.client import ProxmoxClient
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.reading import Reader
from proxbox_plan.collect.proxmox.run import read_cluster
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.core.progress import OneAtATime
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.cluster.answers import DescriptionAnswers
from proxbox_plan.demo.cluster.features import MOMENT
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.policy.areas import Areas, TaskArea
from proxbox_plan.model.state import Cluster, Incomplete, State
from proxbox_plan.model.state.parts import parts
from tests.cases import sample
from tests.examples import examples

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
    "/snapshot",
    "/content",
    "/tasks",
    "/replication",
    "/cluster/backup",
    "/custom-cpu-models",
    "/rules",
    "/groups",
    "/groups/webserver",
    "/ipset",
    "/ipset/mgmt",
    "/aliases",
    "/options",
    "/controllers",
    "/zones",
    "/vnets",
    "/subnets",
    "/fabrics/all",
    "/route-maps/entries",
    "/prefix-lists",
    "/entries",
)
DESCRIPTION = ClusterDescription.seeded(1, guests=4, nodes=1, features="all")
EVERYTHING = Areas(snapshots=True, backups=True, tasks=TaskArea(), firewall=True, sdn=True, cpu_models=True)
ASKED = CollectOptions(EVERYTHING, now=MOMENT, version="9.2.11")
CONNECTION = ProxmoxConnection(cluster="lab", host="pve", user="proxbox@pve")


class Substituting:
    """Answers from a description, with one kind of answer replaced."""

    def __init__(self, ending: str, data: object) -> None:
        """Take what to replace, and by what."""
        self._answers = DescriptionAnswers(DESCRIPTION)
        self._ending = ending
        self._data = data

    def get(self, path: str, **query: object) -> Any:
        """Answer like the client."""
        if path.endswith(self._ending):
            return self._data
        return self._answers.answer(path, {key: str(value) for key, value in query.items()}).body["data"]


def run(ending: str, data: object) -> Cluster:
    """Collect everything, without a network."""
    reader = Reader(cast("ProxmoxClient", Substituting(ending, data)))
    with ThreadPoolExecutor(max_workers=1) as pool:
        return read_cluster(reader, CONNECTION, pool, ASKED, OneAtATime(None))


@pytest.mark.parametrize("ending", sample(ENDPOINTS, quick=8))
@settings(max_examples=examples(40), deadline=None)
@given(data=JSON | st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=5))
@pytest.mark.covering
def test_any_json_is_survived(ending: str, data: object) -> None:
    """No exception but ProxmoxError, and what comes out can be written and read back."""
    with suppress(ProxmoxError):
        state = State.make(clusters=(run(ending, data),))
        assert State.model_validate_json(state.to_json().encode("utf-8")) == state


def reasons(cluster: Cluster) -> int:
    """Return how many parts of a cluster are not complete; a storage that is switched off never is."""
    return sum(
        not part.coverage.complete and part.coverage.reason is not Incomplete.STORAGE_DISABLED
        for part in parts(cluster)
    )


@pytest.mark.parametrize("ending", sample(ENDPOINTS, quick=8))
@settings(max_examples=examples(40), deadline=None)
@given(data=JSON)
def test_nothing_that_was_not_understood_is_complete(ending: str, data: object) -> None:
    """A text, a number or nothing in place of a table or list is never complete proof."""
    if isinstance(data, dict | list) or ending == "/access/acl":
        return
    with suppress(ProxmoxError):
        assert reasons(run(ending, data)) > gaps_of_all()


@cache
def gaps_of_all() -> int:
    """Return how many parts are not complete when everything is answered as it is."""
    return reasons(run("no such path", None))
