"""The recorded clusters with every area switched on: storages, backups, snapshots, jobs, firewall, networks."""

from __future__ import annotations

from functools import cache

import pytest

from proxbox_plan.demo.cluster import ClusterServer, Recording
from proxbox_plan.demo.cluster.answers import Answer, ok
from proxbox_plan.demo.cluster.recording import request_key
from proxbox_plan.model.state import COMPLETE, NOT_READ, Cluster, Incomplete
from tests.collect.proxmox.areas import EVERYTHING, collected, guest, node, storage
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, READABLE, STANDALONE, recording

EMPTY = ok([])
ABSENT = ("/aliases", "/ipset", "/route-maps/entries", "/prefix-lists")


class Completed:
    """A recording, with an empty list for the few paths that were not recorded."""

    def __init__(self, recorded: Recording) -> None:
        """Take the recording."""
        self._recorded = recorded

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET."""
        known = request_key(path, query) in self._recorded.answers
        if not known and (path.endswith(ABSENT) or path.endswith("/tasks")):
            return EMPTY
        return self._recorded.answer(path, query)


@cache
def everything(name: str) -> Cluster:
    """Collect one recorded cluster with every area, once."""
    with ClusterServer(Completed(recording(name))) as server:
        cluster = collected(server)
        asked = [(request.path, request.query) for request in server.requests]
        assert len(asked) == len(set(asked))
        assert {request.method for request in server.requests} == {"GET"}
        assert not any(path.startswith("/nodes/pve3/") for path, _ in asked)
    return cluster


def test_the_definition_of_a_storage() -> None:
    """Everything that says where it is and how long it keeps what; nothing that opens it."""
    storages = {found.name: found for found in everything(CLUSTER_9).storages}
    assert storages["pbs1"].server == "10.0.0.60"
    assert (storages["pbs1"].datastore, storages["pbs1"].username) == ("store1", "backup@pbs")
    assert (storages["nas-iso"].export, storages["nas-iso"].path) == ("/export/iso", "/mnt/pve/nas-iso")
    assert (storages["tank"].pool, storages["tank"].mountpoint) == ("tank/vm", "/tank/vm")
    assert storages["shared"].prune_backups == (("keep-last", 3), ("keep-weekly", 2))


def test_the_backups_that_root_sees() -> None:
    """Of VMs, of containers, of a deleted one; on the shared storage listed once."""
    found = storage(everything(CLUSTER_9_ROOT), "shared")
    assert found.backups_coverage == COMPLETE
    assert [(backup.vmid, backup.type, backup.format) for backup in found.backups] == [
        *[(200, "lxc", "tar.zst")] * 3,
        *[(100, "qemu", "vma.zst")] * 3,
        (999, "qemu", "vma.lzo"),
    ]
    first = found.backups[3]
    assert first.volume == "shared:backup/vzdump-qemu-100-2026_11_18-02_51_37.vma.zst"
    assert (first.node, first.created, first.size_bytes) == (None, 1794970297, 736100352)
    assert (first.notes, first.protected, first.verification) == ("web-01", True, None)


def test_a_local_storage_is_incomplete_while_one_of_its_nodes_is_dead() -> None:
    """What lies on the others is known, and on which of them."""
    found = storage(everything(CLUSTER_9_ROOT), "local")
    assert [(backup.vmid, backup.node) for backup in found.backups] == [(102, "pve1")]
    assert found.backups_coverage.reason is Incomplete.NODE_OFFLINE


def test_a_disabled_storage_says_nothing_of_its_backups() -> None:
    """Proxmox refuses to list it; the others that hold no backups at all are complete."""
    assert storage(everything(CLUSTER_9_ROOT), "pbs1").backups_coverage.reason is Incomplete.STORAGE_DISABLED
    assert storage(everything(CLUSTER_9_ROOT), "tank").backups_coverage == COMPLETE


@pytest.mark.parametrize("name", [CLUSTER_9, CLUSTER_8, STANDALONE])
def test_an_auditor_sees_no_backups_and_proves_nothing(name: str) -> None:
    """Proxmox answers 200 and leaves them out: the token's rights tell."""
    for place in ("shared", "local"):
        found = storage(everything(name), place)
        assert found.backups == ()
        assert found.backups_coverage.reason is Incomplete.FORBIDDEN
        assert "Datastore.Allocate" in found.backups_coverage.detail


def test_snapshots() -> None:
    """With their parents, without `current`; of a guest on a dead node nothing is known."""
    first, second = guest(everything(CLUSTER_9), 100).snapshots
    assert (first.name, first.parent, first.created) == ("before-upgrade", "initial", 1795222297)
    assert (second.name, second.parent, second.description) == ("initial", None, "")
    assert guest(everything(CLUSTER_9), 200).snapshots[0].description == "ct snap"
    assert guest(everything(CLUSTER_9), 101).coverage.snapshots == COMPLETE
    assert guest(everything(CLUSTER_9), 102).coverage.snapshots.reason is Incomplete.NODE_OFFLINE


def test_a_replication_job() -> None:
    """The list does not tell an auditor the source; the node of the guest does."""
    (job,) = everything(CLUSTER_9).replications
    assert (job.id, job.guest, job.source, job.target) == ("100-0", 100, "pve1", "pve2")
    assert (job.schedule, job.rate, job.fail_count, job.enabled) == ("*/15", 10.0, 0, True)
    assert everything(CLUSTER_9).replications == everything(CLUSTER_9_ROOT).replications


def test_backup_jobs() -> None:
    """All guests, the guests of a pool, chosen guests."""
    nightly, pool, chosen = everything(CLUSTER_9).backup_jobs
    assert (nightly.id, nightly.all, nightly.storage, nightly.enabled) == ("backup-nightly", True, "shared", True)
    assert nightly.retention == (("keep-daily", 7), ("keep-weekly", 4))
    assert (nightly.notes_template, nightly.repeat_missed) == ("{{guestname}}", False)
    assert (pool.pool, pool.mode, pool.enabled) == ("prod", "stop", False)
    assert (chosen.vmids, chosen.node, chosen.fleecing, chosen.fleecing_storage) == ((100, 102), "pve1", True, "local")


@pytest.mark.parametrize("name", READABLE)
def test_cpu_models_came_with_9_2(name: str) -> None:
    """Before that there is no list of them, and nothing is missing."""
    cluster = everything(name)
    assert cluster.coverage.cpu_models == COMPLETE
    assert [model.name for model in cluster.cpu_models] == ([] if name == CLUSTER_8 else ["custom-lab"])


def test_the_firewall() -> None:
    """Datacenter, nodes, guests; a place on a dead node is unknown."""
    cluster = everything(CLUSTER_9)
    rules = cluster.firewall
    assert rules is not None
    assert rules.coverage == COMPLETE
    assert [(each.name, [entry.cidr for entry in each.entries]) for each in rules.ipsets] == [("mgmt", ["10.0.0.5"])]
    assert [(alias.name, alias.cidr) for alias in rules.aliases] == [("lan", "10.0.0.0/24")]
    assert rules.options is not None
    assert rules.options.enable is False
    for place in (node(cluster, "pve1"), guest(cluster, 100)):
        assert place.firewall is not None
        assert place.firewall.coverage == COMPLETE
    for gone in (node(cluster, "pve3"), guest(cluster, 102)):
        assert gone.firewall is not None
        assert gone.firewall.coverage.reason is Incomplete.NODE_OFFLINE


@pytest.mark.parametrize("name", READABLE)
def test_networks(name: str) -> None:
    """Zones, vnets and subnets; version 8 has neither fabrics nor route maps, and misses none."""
    sdn = everything(name).sdn
    assert sdn is not None
    assert sdn.coverage == COMPLETE
    assert [(zone.name, zone.type) for zone in sdn.zones] == [("vz", "vlan"), ("zone1", "simple")]
    assert [(vnet.name, vnet.zone, vnet.tag) for vnet in sdn.vnets] == [("vnet1", "zone1", None), ("vnet20", "vz", 20)]
    (subnet,) = sdn.vnets[0].subnets
    assert (subnet.id, subnet.cidr, subnet.gateway, subnet.snat) == (
        "zone1-10.50.0.0-24",
        "10.50.0.0/24",
        "10.50.0.1",
        True,
    )


def test_a_path_that_this_version_should_have_is_incomplete() -> None:
    """On 9.2 a 501 in place of the route maps is not an empty list."""
    with ClusterServer(recording(CLUSTER_9)) as server:
        sdn = collected(server, EVERYTHING.model_copy(update={"firewall": False, "tasks": None})).sdn
    assert sdn is not None
    assert sdn.coverage.reason is Incomplete.SERVER_ERROR
    assert "route-maps" in sdn.coverage.detail
    assert len(sdn.vnets) == 2


def test_what_cloud_init_is_told() -> None:
    """User, addresses, name servers: never the password or the keys. Other VMs have none of it."""
    cloud_init = guest(everything(STANDALONE), 102).cloud_init
    assert cloud_init is not None
    assert (cloud_init.user, cloud_init.search_domain, cloud_init.nameservers) == (
        "admin",
        "lab.example",
        ("10.0.0.1",),
    )
    assert [slot for slot, _ in cloud_init.addresses] == ["ipconfig0", "ipconfig1"]
    assert guest(everything(STANDALONE), 100).cloud_init is None


def test_more_of_guests_and_nodes() -> None:
    """CPU type, kind of container, interfaces inside; number, certificate and place in the cluster."""
    cluster = everything(CLUSTER_9)
    assert guest(cluster, 100).cpu_type == "x86-64-v2-AES"
    assert [found.name for found in guest(cluster, 100).interfaces] == ["docker0", "eth0", "lo"]
    assert guest(cluster, 200).unprivileged is not None
    first, dead = node(cluster, "pve1"), node(cluster, "pve3")
    assert (first.id, first.support_level, first.location) == (1, "", "")
    assert (first.ssl_fingerprint or "").startswith("B4:A8:3D:61:")
    assert (dead.id, dead.ssl_fingerprint) == (3, None)
    assert (cluster.config_version, cluster.quorate) == (4, True)
    assert everything(STANDALONE).config_version is None
    assert {found.name: found for found in first.interfaces}["vmbr0"].trunks == ((2, 4094),)


@pytest.mark.parametrize("name", READABLE)
def test_what_is_not_asked_for_is_not_read(name: str) -> None:
    """By default: no snapshots, no backups, no tasks, no firewall, no networks."""
    with ClusterServer(recording(name)) as server:
        cluster = collected(server, EVERYTHING.model_copy(update=dict.fromkeys(SWITCHES, False) | {"tasks": None}))
        paths = {request.path for request in server.requests}
    assert not [path for path in paths if path.endswith(OF_AREAS)]
    assert {found.backups_coverage for found in cluster.storages} == {NOT_READ}
    assert {found.coverage.snapshots for found in cluster.guests} == {NOT_READ}
    assert {found.coverage.tasks for found in cluster.nodes} == {NOT_READ}
    assert (cluster.firewall, cluster.sdn, cluster.coverage.cpu_models) == (None, None, NOT_READ)


SWITCHES = ("snapshots", "backups", "firewall", "sdn", "cpu_models")
OF_AREAS = ("/snapshot", "/content", "/tasks", "/rules", "/zones", "/custom-cpu-models")
