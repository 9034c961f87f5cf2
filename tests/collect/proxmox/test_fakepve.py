"""A second opinion: fakepve, made by others, collected over HTTPS through its own pytest fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from proxbox_plan.collect.proxmox.run import collect, collect_cluster
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, Cluster, Guest, Incomplete

DISK = "local-lvm:vm-100-disk-0,size=8G"
MAC = "BC:24:11:00:00:01"


@pytest.fixture
def pve(fakepve: Any) -> Any:
    """Return a cluster of two nodes with two VMs and a container."""
    config = {"scsi0": DISK, "net0": f"virtio={MAC},bridge=vmbr0,tag=7", "memory": "1024", "agent": "1"}
    vm = fakepve.add_vm(100, "vm1", node="pve1", status="running", config=config)
    vm.agent = {}
    fakepve.add_vm(101, "vm2", node="pve2", status="stopped", config={"scsi0": DISK})
    net = f"name=eth0,bridge=vmbr0,hwaddr={MAC},ip=192.0.2.9/24"
    fakepve.add_ct(200, "ct1", node="pve1", status="running", config={"net0": net, "cores": 2})
    return fakepve


@pytest.fixture
def connection(pve: Any, fakepve_cafile: str) -> ProxmoxConnection:
    """Return how to reach it, by password."""
    secret = SecretStr("secret")
    return ProxmoxConnection(
        cluster="fake", host=pve.host, port=pve.port, user="root@pam", password=secret, ca_file=Path(fakepve_cafile)
    )


def guest(cluster: Cluster, vmid: int) -> Guest:
    """Return one guest."""
    return next(found for found in cluster.guests if found.vmid == vmid)


def test_it_is_collected(connection: ProxmoxConnection) -> None:
    """Nodes, guests, NICs, disks and addresses come out right."""
    cluster = collect_cluster(connection)
    assert (cluster.proxmox_name, [node.name for node in cluster.nodes]) == ("fakecluster", ["pve1", "pve2"])
    assert cluster.coverage.guests == COMPLETE
    vm = guest(cluster, 100)
    assert (vm.name, vm.status, vm.memory_mib, vm.nics[0].tag) == ("vm1", "running", 1024, 7)
    assert vm.disks[0].size_bytes == 8 * 1024**3
    assert "192.0.2.10/24" in [seen.address for seen in vm.addresses]
    assert guest(cluster, 101).coverage.addresses.reason is Incomplete.GUEST_STOPPED
    assert guest(cluster, 200).nics[0].addresses == ("192.0.2.9/24",)


def test_it_only_reads_and_gives_the_same_bytes(pve: Any, connection: ProxmoxConnection) -> None:
    """Apart from the login every request is a GET."""
    first, second = collect([connection], clock=lambda: 0), collect([connection], clock=lambda: 0)
    assert first.to_json() == second.to_json()
    asked = {(method, path.rpartition("/")[2]) for method, path, _ in pve.requests if method != "GET"}
    assert asked == {("POST", "ticket")}


def test_an_offline_node(pve: Any, connection: ProxmoxConnection) -> None:
    """It is not asked, and its guests are unknown."""
    pve.set_node_offline("pve2")
    cluster = collect_cluster(connection)
    assert [node.online for node in cluster.nodes] == [True, False]
    lost = guest(cluster, 101).coverage
    assert (lost.row.reason, lost.config.reason) == (Incomplete.NODE_OFFLINE, Incomplete.NODE_OFFLINE)
    assert not [path for _, path, _ in pve.requests if "/nodes/pve2/" in path]


def test_a_lost_quorum(pve: Any, connection: ProxmoxConnection) -> None:
    """No list is complete."""
    pve.lose_quorum()
    assert collect_cluster(connection).coverage.guests.reason is Incomplete.NO_QUORUM


def test_a_vm_without_agent(pve: Any, connection: ProxmoxConnection) -> None:
    """The configuration wants it, the guest does not have it."""
    pve.vm(100).agent = None
    assert guest(collect_cluster(connection), 100).coverage.addresses.reason is Incomplete.AGENT_SILENT


def test_failing_configurations(pve: Any, connection: ProxmoxConnection) -> None:
    """An error, and an HTML page of a proxy."""
    pve.fail("GET", "/qemu/100/config", status=500, message="something broke")
    pve.fail("GET", "/qemu/101/config", status=502, message="Bad Gateway", html=True)
    cluster = collect_cluster(connection)
    assert guest(cluster, 100).coverage.config.reason is Incomplete.SERVER_ERROR
    assert guest(cluster, 101).coverage.config.reason is Incomplete.UNREACHABLE


def test_tickets_revoked_during_the_run(pve: Any, connection: ProxmoxConnection) -> None:
    """One 401 and one new login later it goes on."""
    pve.fail("GET", "/cluster/resources", status=401, message="permission denied - invalid PVE ticket", times=1)
    assert guest(collect_cluster(connection), 100).coverage.config == COMPLETE


def test_a_user_who_sees_one_guest(pve: Any, connection: ProxmoxConnection) -> None:
    """What is seen is read; the list is not complete."""
    pve.users["reader@pve"] = "secret"
    pve.grant("reader@pve", "/vms/100", "VM.Audit")
    cluster = collect_cluster(connection.model_copy(update={"user": "reader@pve"}))
    assert [found.vmid for found in cluster.guests] == [100]
    assert cluster.coverage.guests.reason is Incomplete.FORBIDDEN


def test_a_wrong_password(connection: ProxmoxConnection) -> None:
    """An error that names the user."""
    wrong = connection.model_copy(update={"password": SecretStr("no")})
    with pytest.raises(ProxmoxError, match="root@pam"):
        collect_cluster(wrong)
