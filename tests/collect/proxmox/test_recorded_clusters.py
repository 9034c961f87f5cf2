"""The recorded clusters, read over real HTTPS, as the state they must become."""

from __future__ import annotations

from functools import cache

import pytest

from proxbox_plan.collect.proxmox.run import collect, collect_cluster
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.model.state import COMPLETE, Cluster, Guest, Incomplete, Node
from tests.cases import sample
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, NO_RIGHTS, READABLE, STANDALONE, recording

GIB = 1024**3


@cache
def collected(name: str) -> Cluster:
    """Collect one recorded cluster, once."""
    with ClusterServer(recording(name)) as server:
        cluster = collect_cluster(server.connection("lab"))
        assert {request.method for request in server.requests} == {"GET"}
    return cluster


def guest(name: str, vmid: int) -> Guest:
    """Return one guest of a recorded cluster."""
    return next(found for found in collected(name).guests if found.vmid == vmid)


def node(name: str, node_name: str) -> Node:
    """Return one node of a recorded cluster."""
    return next(found for found in collected(name).nodes if found.name == node_name)


@pytest.mark.parametrize("name", sample(READABLE))
def test_collecting_twice_gives_the_same_bytes(name: str) -> None:
    """Nothing volatile, nothing in the order of its arrival."""
    with ClusterServer(recording(name)) as server:
        connection = server.connection("lab")
        first, second = collect([connection], clock=lambda: 0), collect([connection], clock=lambda: 0)
    assert first.to_json() == second.to_json()


@pytest.mark.parametrize("name", sample(READABLE, quick=2))
def test_nothing_is_asked_twice_and_nothing_of_a_dead_node(name: str) -> None:
    """One call per endpoint; a node known to be offline is left alone."""
    with ClusterServer(recording(name)) as server:
        collect_cluster(server.connection("lab"))
        paths = [request.path for request in server.requests]
    assert len(paths) == len(set(paths))
    assert not any(path.startswith("/nodes/pve3/") for path in paths)


@pytest.mark.covering
@pytest.mark.parametrize("name", READABLE)
def test_no_secret_gets_into_the_state(name: str) -> None:
    """Cloud-init keys and passwords never do."""
    text = collected(name).model_dump_json()
    for secret in ("ssh-ed25519", "AAAAC3", "cipassword", "sshkeys", "aa:bb:cc:dd:ee:ff:00:11"):
        assert secret not in text


@pytest.mark.parametrize("name", READABLE)
def test_an_auditor_sees_complete_lists(name: str) -> None:
    """PVEAuditor on `/` proves that the lists are complete."""
    coverage = collected(name).coverage
    assert (coverage.nodes, coverage.guests, coverage.storages) == (COMPLETE, COMPLETE, COMPLETE)


def test_the_cluster() -> None:
    """Name, version, nodes in order."""
    cluster = collected(CLUSTER_9)
    assert (cluster.name, cluster.proxmox_name, cluster.standalone) == ("lab", "labcluster", False)
    assert cluster.version == "9.2.11"
    assert [found.name for found in cluster.nodes] == ["pve1", "pve2", "pve3"]
    assert [(found.type, found.vmid) for found in cluster.guests] == sorted(
        [("lxc", vmid) for vmid in range(200, 208)] + [("qemu", vmid) for vmid in range(100, 114)]
    )


def test_a_standalone_node_has_no_cluster_name() -> None:
    """No `cluster` row: the name is the configuration's."""
    cluster = collected(STANDALONE)
    assert (cluster.name, cluster.proxmox_name, cluster.standalone) == ("lab", None, True)


def test_a_vm() -> None:
    """Row and configuration of a VM with a bit of everything."""
    vm = guest(CLUSTER_9, 100)
    assert (vm.name, vm.node, vm.status, vm.pool, vm.tags) == ("web-01", "pve1", "running", "prod", ("prod", "web"))
    assert (vm.vcpus, vm.memory_mib, vm.ostype, vm.onboot, vm.agent) == (1.0, 512, "l26", True, True)
    assert vm.description == "# Web server\n\n**owner**: team-a"
    assert vm.uuid == "bd9c66b3-ad3c-4d6d-aa3d-1fa7bc8960a9"
    assert vm.created == 1_795_143_097
    assert [(nic.slot, nic.model, nic.bridge, nic.trunks) for nic in vm.nics] == [
        ("net0", "virtio", "vmbr0", ()),
        ("net1", "e1000", "vmbr1", ((20, 20), (30, 40))),
    ]
    assert [(disk.slot, disk.storage, disk.size_bytes) for disk in vm.disks] == [
        ("scsi0", "local", 8 * GIB),
        ("virtio1", "shared", 32 * GIB),
    ]
    assert ("eth0", "10.0.1.100/24") in [(seen.interface, seen.address) for seen in vm.addresses]
    assert vm.coverage.addresses == COMPLETE


def test_a_container() -> None:
    """Static addresses, a bind mount, fractions of a CPU."""
    container = guest(CLUSTER_9, 200)
    assert container.description == "CT note"
    assert container.created is None
    assert container.nics[0].addresses == ("10.0.0.100/24", "2001:db8::200/64")
    assert [(disk.slot, disk.storage, disk.volume) for disk in container.disks][1] == ("mp1", None, "/srv/host")
    assert guest(CLUSTER_9, 201).vcpus == 1.5
    assert ("eth0", "BC:24:11:36:98:65", "10.0.0.100/24") in [
        (seen.interface, seen.mac, seen.address) for seen in container.addresses
    ]


def test_a_cloud_init_vm() -> None:
    """Static cloud-init addresses belong to the NIC; the cloud-init drive is no disk; the agent does not run."""
    vm = guest(STANDALONE, 102)
    assert vm.nics[0].addresses == ("10.0.0.102/24", "2001:db8::102/64")
    assert vm.nics[0].gateways == ("10.0.0.1", "2001:db8::1")
    assert [disk.slot for disk in vm.disks] == ["scsi0"]
    assert vm.coverage.addresses.reason is Incomplete.AGENT_SILENT


def test_efi_and_tpm_are_disks() -> None:
    """They take space on a storage."""
    assert {disk.slot for disk in guest(CLUSTER_9, 101).disks} == {"efidisk0", "scsi0", "tpmstate0"}


def test_a_template() -> None:
    """Templates are marked."""
    assert guest(CLUSTER_9, 104).template


def test_a_node() -> None:
    """Version, capacity, bridge, bond and VLAN interface."""
    first = node(CLUSTER_9, "pve1")
    assert (first.online, first.address, first.version, first.cpus) == (True, "10.0.0.11", "9.2.11", 2)
    assert (first.cpu_model, first.memory_mib) == ("AMD EPYC", 24105)
    interfaces = {interface.name: interface for interface in first.interfaces}
    assert interfaces["vmbr0"].addresses == ("10.0.0.11/24", "2001:db8::1/64")
    assert interfaces["vmbr0"].gateways == ("10.0.0.1", "2001:db8::ffff")
    assert (interfaces["vmbr0"].vlan_aware, interfaces["vmbr0"].comments) == (True, "LAN")
    assert interfaces["bond0"].slaves == ("nic0", "nic1")
    assert (interfaces["vmbr0.10"].vlan_id, interfaces["vmbr0.10"].vlan_raw_device) == (10, "vmbr0")


def test_a_dead_node_and_its_guests_are_unknown() -> None:
    """They are there, and nothing about them is certain."""
    dead = node(CLUSTER_9, "pve3")
    assert not dead.online
    assert (dead.coverage.status.reason, dead.coverage.network.reason) == (
        Incomplete.NODE_OFFLINE,
        Incomplete.NODE_OFFLINE,
    )
    lost = guest(CLUSTER_9, 102)
    assert (lost.name, lost.status, lost.pool) == (None, "unknown", "prod/web")
    assert lost.coverage.row.reason is Incomplete.NODE_OFFLINE
    assert (lost.coverage.config.reason, lost.coverage.addresses.reason) == (
        Incomplete.NODE_OFFLINE,
        Incomplete.NODE_OFFLINE,
    )


def test_a_stopped_guest_shows_no_addresses_but_proves_nothing() -> None:
    """Neither the agent nor the container is asked."""
    for vmid in (101, 203):
        assert guest(CLUSTER_9, vmid).coverage.addresses.reason is Incomplete.GUEST_STOPPED
        assert guest(CLUSTER_9, vmid).coverage.config == COMPLETE


def test_on_8_the_auditor_may_not_ask_the_agent() -> None:
    """VM.Monitor was needed then: 403 is normal, and told."""
    addresses = guest(CLUSTER_8, 100).coverage.addresses
    assert addresses.reason is Incomplete.FORBIDDEN
    assert "VM.Monitor" in addresses.detail


def test_root_and_auditor_see_the_same() -> None:
    """Least rights are enough (load numbers apart, which are not in the state)."""
    assert collected(CLUSTER_9_ROOT).guests == collected(CLUSTER_9).guests
    assert collected(CLUSTER_9_ROOT).storages == collected(CLUSTER_9).storages


def test_a_token_without_rights_is_an_error() -> None:
    """It sees no guest at all: that is not an empty cluster. The hint names the role."""
    with ClusterServer(recording(NO_RIGHTS)) as server, pytest.raises(ProxmoxError) as raised:
        collect([server.connection("lab")])
    assert "PVEAuditor" in raised.value.hint


def test_storages() -> None:
    """Definitions of the datacenter, disabled ones marked."""
    storages = {storage.name: storage for storage in collected(CLUSTER_9).storages}
    assert (storages["pbs1"].enabled, storages["pbs1"].shared) == (False, True)
    assert storages["tank"].nodes == ("pve1",)
    assert storages["shared"].content == ("backup", "images", "iso", "rootdir")
