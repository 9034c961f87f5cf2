"""What cannot be read is marked, with its reason and its path; the rest of the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest

from proxbox_plan.collect.proxmox.run import collect_cluster
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.demo.cluster import (
    LOGIN_PAGE,
    ClusterDescription,
    ClusterServer,
    DemoDisk,
    DemoGuest,
    DemoNic,
    DemoNode,
)
from proxbox_plan.demo.cluster.answers import DescriptionAnswers
from proxbox_plan.model.state import COMPLETE, Cluster, Coverage, Guest, Incomplete
from tests.cases import Cases
from tests.collect.proxmox.impatience import FOR_EVER, PATIENCE, impatient
from tests.collect.proxmox.renewed import renewed
from tests.examples import THOROUGH

VM, CONTAINER, STOPPED, QUIET = 100, 200, 101, 102
AUDITOR = {"VM.Audit": 1, "SDN.Audit": 1, "Datastore.Audit": 1, "Sys.Audit": 1}


def describe() -> ClusterDescription:
    """Return two nodes with a running VM, a container, a stopped VM and one without agent."""
    cluster = ClusterDescription(name="lab", nodes={name: DemoNode(name, n) for n, name in enumerate(("a", "b"), 1)})
    for vmid, kind, running, agent in (
        (VM, "qemu", True, True),
        (STOPPED, "qemu", False, True),
        (QUIET, "qemu", True, False),
        (CONTAINER, "lxc", True, False),
    ):
        nic = DemoNic(mac=f"BC:24:11:00:00:{vmid - 99:02X}", seen=(f"10.0.0.{vmid}/24",))
        disk = DemoDisk("local", f"vm-{vmid}-disk-0", "8G")
        slot = "rootfs" if kind == "lxc" else "scsi0"
        identity = f"00000000-0000-4000-8000-{vmid:012d}"
        guest = DemoGuest(
            type="lxc" if kind == "lxc" else "qemu",
            vmid=vmid,
            node="a",
            name=f"g{vmid}",
            uuid=identity,
            vmgenid=identity,
            running=running,
            agent=agent,
            nics={"net0": nic},
            disks={slot: disk},
        )
        cluster.add_guest(guest)
    return cluster


@pytest.fixture
def server(shared: ClusterServer) -> ClusterServer:
    """Return the server as new: its own description, no faults, an empty log."""
    return renewed(shared, describe())


def collected(server: ClusterServer, **changes: Any) -> Cluster:
    """Collect the cluster."""
    return collect_cluster(server.connection("lab", **{"workers": 2, "timeout": PATIENCE, **changes}))


def collected_with(server: ClusterServer, path: str, fault: Mapping[str, Any]) -> Cluster:
    """Collect the cluster with one fault and no other."""
    server.faults.clear()
    server.faults.add(path, **fault)
    with impatient(path if "hang" in fault else ""):
        return collected(server)


def guest(cluster: Cluster, vmid: int) -> Guest:
    """Return one guest."""
    return next(found for found in cluster.guests if found.vmid == vmid)


def reasons(found: Guest) -> tuple[Incomplete | None, Incomplete | None, Incomplete | None]:
    """Return why row, configuration and addresses are incomplete."""
    return found.coverage.row.reason, found.coverage.config.reason, found.coverage.addresses.reason


def test_a_healthy_cluster_is_complete(server: ClusterServer) -> None:
    """What can be read is complete; what does not run, or has no agent, is told apart."""
    cluster = collected(server)
    assert cluster.coverage.guests == COMPLETE
    assert reasons(guest(cluster, VM)) == (None, None, None)
    assert reasons(guest(cluster, CONTAINER)) == (None, None, None)
    assert reasons(guest(cluster, STOPPED)) == (None, None, Incomplete.GUEST_STOPPED)
    assert reasons(guest(cluster, QUIET)) == (None, None, Incomplete.AGENT_DISABLED)
    assert server.asked(f"/nodes/a/qemu/{QUIET}/agent/network-get-interfaces") == 0
    assert server.asked(f"/nodes/a/qemu/{STOPPED}/agent/network-get-interfaces") == 0


UNREADABLE_CONFIGURATIONS: tuple[tuple[dict[str, Any], Incomplete], ...] = (
    ({"status": 403, "reason": "Permission check failed (/vms/100, VM.Audit)"}, Incomplete.FORBIDDEN),
    ({"status": 500, "reason": "internal error"}, Incomplete.SERVER_ERROR),
    ({"status": 595, "reason": "Connection refused"}, Incomplete.UNREACHABLE),
    ({"status": 596, "reason": "Connection timed out"}, Incomplete.TIMEOUT),
    ({"status": 599, "reason": "Too many redirections"}, Incomplete.UNREACHABLE),
    ({"drop": True}, Incomplete.UNREACHABLE),
    ({"hang": FOR_EVER}, Incomplete.TIMEOUT),
    ({"body": LOGIN_PAGE}, Incomplete.BAD_ANSWER),
    ({"truncate": True}, Incomplete.BAD_ANSWER),
    ({"location": "https://elsewhere.example/"}, Incomplete.BAD_ANSWER),
    ({"data": None}, Incomplete.BAD_ANSWER),
    ({"data": []}, Incomplete.BAD_ANSWER),
    ({"data": {}}, Incomplete.BAD_ANSWER),
    ({"data": {"name": "x", "cores": 1}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "cores": "many"}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "cores": [1]}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "memory": "lots"}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "net0": "garbage"}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "net0": 7}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "scsi0": "local:x,size=8g"}}, Incomplete.BAD_ANSWER),
    ({"data": {"digest": "d", "name": "x", "lock": "clone"}}, Incomplete.HALF_MADE),
)


@pytest.mark.covering
def test_a_configuration_that_cannot_be_read(server: ClusterServer) -> None:
    """The guest stays with its row, its path is in the message, the other guests are whole."""
    with Cases() as case:
        for fault, reason in UNREADABLE_CONFIGURATIONS[:: 1 if THOROUGH else 2]:
            with case(fault, reason):
                cluster = collected_with(server, f"/nodes/a/qemu/{VM}/config", fault)
                found = guest(cluster, VM)
                assert found.coverage.config.reason is reason
                assert not found.coverage.addresses.complete
                assert (found.name, found.status) == ("g100", "running")
                assert "100" in found.coverage.config.detail
                assert reasons(guest(cluster, CONTAINER)) == (None, None, None)
                assert cluster.coverage.guests == COMPLETE


def test_one_bad_line_costs_that_line_only(server: ClusterServer) -> None:
    """The rest of the configuration is read, and marked incomplete as a whole."""
    config = {"digest": "d", "cores": 3, "net0": "garbage", "net1": "virtio", "scsi0": "local:x,size=1G", "agent": "1"}
    server.faults.add(f"/nodes/a/qemu/{VM}/config", data=config)
    found = guest(collected(server), VM)
    assert (found.vcpus, [nic.slot for nic in found.nics], len(found.disks)) == (3.0, ["net1"], 1)
    assert "net0" in found.coverage.config.detail


UNREADABLE_ADDRESSES: tuple[tuple[dict[str, Any], Incomplete], ...] = (
    ({"status": 403, "reason": "no"}, Incomplete.FORBIDDEN),
    ({"status": 595, "reason": "no"}, Incomplete.UNREACHABLE),
    ({"hang": FOR_EVER}, Incomplete.TIMEOUT),
    ({"body": LOGIN_PAGE}, Incomplete.BAD_ANSWER),
    ({"data": None}, Incomplete.AGENT_SILENT),
    ({"data": []}, Incomplete.AGENT_SILENT),
    ({"data": {}}, Incomplete.AGENT_SILENT),
    ({"data": "text"}, Incomplete.BAD_ANSWER),
    ({"data": [17]}, Incomplete.BAD_ANSWER),
    ({"data": [{"name": "eth0"}]}, Incomplete.AGENT_SILENT),
    ({"data": [{"name": "lo", "ip-addresses": [{"ip-address": "127.0.0.1", "prefix": 8}]}]}, Incomplete.AGENT_SILENT),
    ({"data": [{"name": "e", "ip-addresses": [{"ip-address": "::zz", "prefix": 8}]}]}, Incomplete.AGENT_SILENT),
    ({"data": [{"name": None, "ip-addresses": [{"ip-address": "::zz", "prefix": 8}]}]}, Incomplete.BAD_ANSWER),
    ({"data": [{"name": "e", "ip-addresses": "text"}]}, Incomplete.BAD_ANSWER),
)


ADDRESSES = (("/nodes/a/qemu/100/agent/*", VM), ("/nodes/a/lxc/200/interfaces", CONTAINER))


def test_addresses_that_cannot_be_read(server: ClusterServer) -> None:
    """A running guest that shows nothing proves nothing; configuration and row are not touched by it."""
    with Cases() as case:
        for (path, vmid), (fault, reason) in list(product(ADDRESSES, UNREADABLE_ADDRESSES))[:: 1 if THOROUGH else 3]:
            with case(path, fault, reason):
                found = guest(collected_with(server, path, fault), vmid)
                assert reasons(found) == (None, None, reason)


def test_the_words_of_an_agent_that_refuses(server: ClusterServer) -> None:
    """E11: a command that its configuration disables is said, as no ping tells."""
    words = "The command guest-network-get-interfaces has been disabled for this instance"
    fault = {"data": {"result": {"error": {"class": "CommandNotFound", "desc": words}}}}
    found = guest(collected_with(server, "/nodes/a/qemu/100/agent/*", fault), VM)
    assert found.coverage.addresses.reason is Incomplete.AGENT_SILENT
    assert words in found.coverage.addresses.detail


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "reason": "QEMU guest agent is not running"},
        {"status": 500, "reason": "VM 100 qmp command failed - got timeout"},
        {"status": 501, "reason": "not implemented"},
        {"data": {"result": {"error": {"class": "Unsupported", "desc": "x"}}}},
        {"data": {"result": []}},
        {"data": {"result": None}},
    ],
)
def test_an_agent_that_does_not_answer(server: ClusterServer, fault: dict[str, Any]) -> None:
    """Whatever the reason: silent, and nothing is concluded."""
    server.faults.add("/nodes/a/qemu/100/agent/*", **fault)
    assert reasons(guest(collected(server), VM)) == (None, None, Incomplete.AGENT_SILENT)


def test_odd_interfaces_are_read(server: ClusterServer) -> None:
    """Windows names, zones, missing addresses or MACs, strings for prefixes."""
    interfaces = [
        {"name": "Ethernet 2", "hardware-address": "bc:24:11:00:00:01", "ip-addresses": [_ip("fe80::1%3", 64)]},
        {"name": "Loopback Pseudo-Interface 1", "ip-addresses": [_ip("::1", "128")]},
        {"name": "ib0", "hardware-address": "80:00:00:48:fe:80:00:00:00:00", "ip-addresses": [_ip("10.1.1.1", "24")]},
        {"name": "eth9", "ip-addresses": None},
    ]
    server.faults.add("/nodes/a/qemu/100/agent/*", data={"result": interfaces})
    found = guest(collected(server), VM)
    assert [(seen.interface, seen.mac, seen.address) for seen in found.addresses] == [
        ("Ethernet 2", "BC:24:11:00:00:01", "fe80::1/64"),
        ("Loopback Pseudo-Interface 1", None, "::1/128"),
        ("ib0", None, "10.1.1.1/24"),
    ]
    assert found.coverage.addresses == COMPLETE


def _ip(address: str, prefix: int | str) -> dict[str, Any]:
    return {"ip-address": address, "ip-address-type": "ipv4", "prefix": prefix}


def test_old_containers_show_the_last_address_only(server: ClusterServer) -> None:
    """Before 8.3 there was no list of addresses."""
    rows = [{"name": "eth0", "hwaddr": "bc:24:11:00:00:65", "inet": "10.0.0.9/24", "inet6": "2001:db8::9/64"}]
    server.faults.add("/nodes/a/lxc/200/interfaces", data=rows)
    found = guest(collected(server), CONTAINER)
    assert [seen.address for seen in found.addresses] == ["10.0.0.9/24", "2001:db8::9/64"]


def test_a_dead_node_is_not_asked(server: ClusterServer, lab: ClusterDescription) -> None:
    """Its guests are bare rows of unknown status, and their sub-trees are offline."""
    lab.take_node_offline("a")
    cluster = collected(server)
    assert reasons(guest(cluster, VM)) == (Incomplete.NODE_OFFLINE, Incomplete.NODE_OFFLINE, Incomplete.NODE_OFFLINE)
    assert not any(request.path.startswith("/nodes/a/") for request in server.requests)
    assert cluster.coverage.guests == COMPLETE


def test_a_node_that_just_died_still_shows_its_guests_running(server: ClusterServer, lab: ClusterDescription) -> None:
    """For some minutes the rows keep their last status: they are not trusted."""
    lab.take_node_offline("a")
    row = {"type": "qemu", "vmid": VM, "node": "a", "name": "g100", "status": "running"}
    server.faults.add("/cluster/resources", data=[row])
    assert reasons(guest(collected(server), VM)) == (Incomplete.NODE_OFFLINE,) * 3


def test_a_row_without_fresh_numbers_is_not_trusted(server: ClusterServer) -> None:
    """Status unknown and no name, on a node that is well: nothing about the guest is complete."""
    server.faults.add("/cluster/resources", data=[{"type": "qemu", "vmid": VM, "node": "a", "status": "unknown"}])
    assert reasons(guest(collected(server), VM)) == (Incomplete.UNKNOWN_STATUS,) * 3


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ("create", (Incomplete.HALF_MADE,) * 3),
        ("clone", (Incomplete.HALF_MADE,) * 3),
        ("backup", (None,) * 3),
        ("migrate", (None,) * 3),
    ],
)
def test_locks(
    server: ClusterServer, lab: ClusterDescription, lock: str, expected: tuple[Incomplete | None, ...]
) -> None:
    """A guest being created or cloned is half-made; a backup or a migration changes nothing."""
    lab.change(VM, lock=lock)
    found = guest(collected(server), VM)
    assert reasons(found) == expected
    assert (found.status, found.lock) == ("running", lock)


def _once(lab: ClusterDescription, server: ClusterServer, change: Callable[[], object]) -> None:
    """Let the cluster change after the first list was read."""
    rows = server._source.answer("/cluster/resources", {}).body["data"]
    server.faults.add("/cluster/resources", data=rows, times=1)
    change()
    assert lab.guests is not None


def test_a_guest_that_migrates_during_the_run_is_found(server: ClusterServer, lab: ClusterDescription) -> None:
    """Its configuration is not where the list said: the list is read once more, for all of them."""
    _once(lab, server, lambda: [lab.change(vmid, node="b") for vmid in (VM, CONTAINER)])
    cluster = collected(server)
    for vmid in (VM, CONTAINER):
        found = guest(cluster, vmid)
        assert found.node == "b"
        assert reasons(found) == (None, None, None)
    assert server.asked("/cluster/resources") == 2


def test_a_guest_that_disappears_during_the_run_is_not_absent(server: ClusterServer, lab: ClusterDescription) -> None:
    """It stays in the state, with nothing complete about it."""
    _once(lab, server, lambda: lab.delete_guest(VM))
    found = guest(collected(server), VM)
    assert reasons(found) == (Incomplete.UNKNOWN_STATUS,) * 3
    assert "disappeared" in found.coverage.row.detail


def test_a_guest_that_migrates_to_a_dead_node_is_offline(server: ClusterServer, lab: ClusterDescription) -> None:
    """The second look may find it where no node answers."""
    lab.take_node_offline("b")
    _once(lab, server, lambda: lab.migrate(VM, "b"))
    assert reasons(guest(collected(server), VM)) == (
        Incomplete.NODE_OFFLINE,
        Incomplete.NODE_OFFLINE,
        Incomplete.NODE_OFFLINE,
    )


def test_when_nobody_knows_where_a_guest_went(server: ClusterServer, lab: ClusterDescription) -> None:
    """The second list cannot be read: the first error stands."""
    _once(lab, server, lambda: lab.migrate(VM, "b"))
    server.faults.add("/cluster/resources", status=500, reason="no")
    assert reasons(guest(collected(server), VM)) == (None, Incomplete.SERVER_ERROR, Incomplete.SERVER_ERROR)


def test_when_it_cannot_be_read_at_its_new_place_either(server: ClusterServer, lab: ClusterDescription) -> None:
    """Two tries are enough."""
    server.faults.add(f"/nodes/b/qemu/{VM}/config", status=403, reason="no")
    _once(lab, server, lambda: lab.migrate(VM, "b"))
    assert reasons(guest(collected(server), VM)) == (None, Incomplete.FORBIDDEN, Incomplete.FORBIDDEN)


def test_a_node_that_stops_answering_is_left_alone(server: ClusterServer, lab: ClusterDescription) -> None:
    """After some calls without an answer the rest is not asked: one dead node must not cost a timeout per guest."""
    for vmid in range(1000, 1060):
        lab.add_guest(DemoGuest("qemu", vmid, "b", f"g{vmid}", uuid="", vmgenid="", running=False))
    server.faults.add("/nodes/b/*", status=596, reason="Connection timed out")
    cluster = collected(server, workers=2)
    asked = [request for request in server.requests if request.path.startswith("/nodes/b/")]
    assert len(asked) < 15
    assert {guest(cluster, vmid).coverage.config.complete for vmid in range(1000, 1060)} == {False}
    assert reasons(guest(cluster, VM)) == (None, None, None)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 403, "reason": "no"}, Incomplete.FORBIDDEN),
        ({"status": 595, "reason": "no"}, Incomplete.UNREACHABLE),
        ({"data": []}, Incomplete.BAD_ANSWER),
        ({"data": {"cpuinfo": 7}}, Incomplete.BAD_ANSWER),
    ],
)
def test_a_node_whose_status_cannot_be_read(server: ClusterServer, fault: dict[str, Any], reason: Incomplete) -> None:
    """Its network is read all the same."""
    server.faults.add("/nodes/a/status", **fault)
    node = collected(server).nodes[0]
    assert (node.coverage.status.reason, node.coverage.network) == (reason, COMPLETE)
    assert node.online


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 403, "reason": "no"}, Incomplete.FORBIDDEN),
        ({"data": None}, Incomplete.BAD_ANSWER),
        ({"data": [{"iface": "vmbr0"}]}, Incomplete.BAD_ANSWER),
        ({"data": [{"iface": "vmbr0", "type": "bridge", "cidr": "here"}]}, Incomplete.BAD_ANSWER),
        ({"data": [{"iface": "vmbr0", "type": "bridge", "hwaddr": "here"}]}, Incomplete.BAD_ANSWER),
        ({"data": [{"iface": "vmbr0", "type": "bridge", "bridge_vids": "2-9999"}]}, Incomplete.BAD_ANSWER),
    ],
)
def test_a_node_whose_network_cannot_be_read(server: ClusterServer, fault: dict[str, Any], reason: Incomplete) -> None:
    """Its status is read all the same."""
    server.faults.add("/nodes/a/network", **fault)
    node = collected(server).nodes[0]
    assert (node.coverage.status, node.coverage.network.reason) == (COMPLETE, reason)


def test_network_spellings(server: ClusterServer) -> None:
    """Open vSwitch, dotted masks, VLANs that only their name tells."""
    rows = [
        {"iface": "ovs0", "type": "OVSBridge", "ovs_ports": "eth0 int1", "active": 1},
        {"iface": "int1", "type": "OVSIntPort", "ovs_bridge": "ovs0", "ovs_tag": "30", "mtu": "1400"},
        {
            "iface": "obond",
            "type": "OVSBond",
            "ovs_bonds": "eth1 eth2",
            "ovs_bridge": "ovs0",
            "ovs_options": "vlan_mode=trunk trunks=7,20-29",
        },
        {"iface": "eth1", "type": "eth", "options": ["txqueuelen 5", "hwaddress ether aa:bb:cc:dd:ee:01"]},
        {"iface": "eth2", "type": "eth", "options": ["hwaddress random"]},
        {"iface": "vmbr1", "type": "bridge", "bridge_vlan_aware": 1, "bridge_vids": "2-100 200"},
        {"iface": "eth5.77", "type": "vlan"},
        {
            "iface": "vmbr9",
            "type": "bridge",
            "address": "10.9.0.1",
            "netmask": "255.255.255.0",
            "hwaddr": "aa-bb-cc-dd-ee-ff",
        },
    ]
    server.faults.add("/nodes/a/network", data=rows)
    node = collected(server).nodes[0]
    found = {interface.name: interface for interface in node.interfaces}
    assert found["ovs0"].ports == ("eth0", "int1")
    assert (found["int1"].vlan_id, found["int1"].ovs_bridge, found["int1"].mtu) == (30, "ovs0", 1400)
    assert found["obond"].slaves == ("eth1", "eth2")
    assert (found["obond"].trunks, found["vmbr1"].trunks) == (((7, 7), (20, 29)), ((2, 100), (200, 200)))
    assert (found["eth1"].mac, found["eth2"].mac) == ("AA:BB:CC:DD:EE:01", None)
    assert (found["eth5.77"].vlan_id, found["eth5.77"].vlan_raw_device) == (77, "eth5")
    assert (found["vmbr9"].addresses, found["vmbr9"].mac) == (("10.9.0.1/24",), "AA:BB:CC:DD:EE:FF")
    assert node.coverage.network == COMPLETE


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403, "reason": "no"},
        {"status": 500, "reason": "no"},
        {"hang": FOR_EVER},
        {"body": LOGIN_PAGE},
        {"data": None},
        {"data": {"a": 1}},
    ],
)
def test_an_unreadable_list_of_guests_is_an_error(server: ClusterServer, fault: dict[str, Any]) -> None:
    """Never an empty cluster."""
    with pytest.raises(ProxmoxError) as raised:
        collected_with(server, "/cluster/resources", fault)
    assert "/cluster/resources" in raised.value.message
    assert raised.value.hint


def test_a_malformed_row_makes_the_list_incomplete(server: ClusterServer) -> None:
    """A row that is not valid may have been any guest; unknown types of rows are ignored."""
    rows = [{"type": "qemu", "vmid": "x"}, {"type": "sdn"}, {"type": "network"}, {"type": "future", "id": 7}]
    good = {"type": "qemu", "vmid": "100", "node": "a", "name": "g100", "status": "running", "template": "", "lock": ""}
    server.faults.add("/cluster/resources", data=[*rows, good])
    cluster = collected(server)
    assert cluster.coverage.guests.reason is Incomplete.BAD_ANSWER
    assert reasons(guest(cluster, VM)) == (None, None, None)
    server.faults.clear()
    server.faults.add("/cluster/resources", data=[good, {**good, "node": "b"}])
    cluster = collected(server)
    assert cluster.coverage.guests.reason is Incomplete.BAD_ANSWER
    assert len(cluster.guests) == 1


def test_a_list_without_guests_is_complete_for_who_sees_all(server: ClusterServer) -> None:
    """An empty cluster is possible; what follows from it is the planner's decision."""
    nodes = [row for row in _resources() if row["type"] == "node"]
    server.faults.add("/cluster/resources", data=nodes)
    cluster = collected(server)
    assert (cluster.guests, cluster.coverage.guests) == ((), COMPLETE)


def test_no_node_at_all_is_an_error(server: ClusterServer) -> None:
    """A cluster has nodes."""
    server.faults.add("/cluster/status", data=[])
    server.faults.add("/nodes", data=[])
    with pytest.raises(ProxmoxError, match="no node"):
        collected(server)


def test_without_the_clusters_status_the_nodes_do(server: ClusterServer, lab: ClusterDescription) -> None:
    """403 on /cluster/status: /nodes tells who is offline, and neither list is complete."""
    lab.take_node_offline("b")
    server.faults.add("/cluster/status", status=403, reason="Permission check failed (/, Sys.Audit)")
    cluster = collected(server)
    assert [(node.name, node.online) for node in cluster.nodes] == [("a", True), ("b", False)]
    assert (cluster.coverage.nodes.reason, cluster.coverage.guests.reason) == (
        Incomplete.FORBIDDEN,
        Incomplete.FORBIDDEN,
    )
    assert not any(request.path.startswith("/nodes/b/") for request in server.requests)
    server.faults.add("/nodes", status=500, reason="no")
    with pytest.raises(ProxmoxError):
        collected(server)


@pytest.mark.parametrize("data", [None, [{"type": "node"}], [{"type": "cluster"}, {"type": "node", "name": "a"}]])
def test_a_malformed_cluster_status_falls_back_too(server: ClusterServer, data: object) -> None:
    """Its shape is not trusted."""
    server.faults.add("/cluster/status", data=data)
    cluster = collected(server)
    assert cluster.coverage.nodes.reason is Incomplete.BAD_ANSWER
    assert len(cluster.nodes) == 2


def test_without_quorum_no_list_is_complete(server: ClusterServer, lab: ClusterDescription) -> None:
    """A cluster that is split knows only its own part."""
    lab.quorate = False
    coverage = collected(server).coverage
    assert (coverage.nodes.reason, coverage.guests.reason) == (Incomplete.NO_QUORUM, Incomplete.NO_QUORUM)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [({"status": 500, "reason": "no"}, Incomplete.SERVER_ERROR), ({"data": [{"storage": "x"}]}, Incomplete.BAD_ANSWER)],
)
def test_unreadable_storages_end_nothing(server: ClusterServer, fault: dict[str, Any], reason: Incomplete) -> None:
    """Guests do not depend on them."""
    server.faults.add("/storage", **fault)
    coverage = collected(server).coverage
    assert (coverage.storages.reason, coverage.guests) == (reason, COMPLETE)


def permissions(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return an auditor's permissions, changed on some paths (`vms_101` stands for /vms/101)."""
    paths: dict[str, Any] = dict.fromkeys(("/", "/access", "/pool", "/vms", "/storage", "/sdn"), AUDITOR)
    return paths | {f"/{path.replace('_', '/')}": found for path, found in changes.items()}


@pytest.mark.covering
@pytest.mark.parametrize(
    ("found", "complete"),
    [
        (permissions(), True),
        ({"/": AUDITOR}, False),
        ({"/vms": AUDITOR}, False),
        ({"/vms": AUDITOR, "/access": AUDITOR}, True),
        ({"/vms/100": AUDITOR, "/access": AUDITOR}, False),
        ({"/": {"VM.Audit": 0}}, False),
        (permissions(vms={"VM.Audit": "1"}), True),
        (permissions(access={"VM.Audit": 1}), False),
        (permissions(vms={"VM.Audit": 0}), False),
        (permissions(vms={}), False),
        (permissions(vms_101={"VM.PowerMgmt": 1}), False),
        (permissions(vms_101={"VM.Audit": 0}), True),
        (permissions(storage={}), True),
        (permissions(vms={"VM.Audit": [1]}), False),
    ],
)
def test_permissions_prove_the_list_of_guests(server: ClusterServer, found: object, *, complete: bool) -> None:
    """VM.Audit must hold on `/vms`, propagate, and not be lacking deeper down; the access list must be whole."""
    server.faults.add("/access/permissions", data=found)
    coverage = collected(server).coverage.guests
    assert coverage.complete is complete
    assert coverage.reason is (None if complete else Incomplete.FORBIDDEN)


@pytest.mark.parametrize("fault", [{"status": 500, "reason": "no"}, {"data": []}, {"data": {"/": 1}}])
def test_unknown_permissions_prove_nothing(server: ClusterServer, fault: dict[str, Any]) -> None:
    """Guests that are there are read; nothing follows from those that are not."""
    server.faults.add("/access/permissions", **fault)
    cluster = collected(server)
    assert not cluster.coverage.guests.complete
    assert not cluster.coverage.storages.complete
    assert {node.coverage.network.complete for node in cluster.nodes} == {False}
    assert reasons(guest(cluster, VM)) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "who", "complete"),
    [
        ("user", "proxbox@pve", False),
        ("token", "proxbox@pve!demo", False),
        ("group", "auditors", False),
        ("user", "operator@pve", True),
    ],
)
def test_no_access_hides_guests(server: ClusterServer, kind: str, who: str, *, complete: bool) -> None:
    """Proxmox does not list paths without any privilege: NoAccess shows in the access list only."""
    for path in ("/vms/999", "/pool/prod"):
        row = {"path": path, "propagate": 1, "roleid": "NoAccess", "type": kind, "ugid": who}
        server.faults.add("/access/acl", data=[row])
        server.faults.add("/access/permissions", data=permissions() | ({path: AUDITOR} if complete else {}))
        assert collected(server).coverage.guests.complete is complete


@pytest.mark.parametrize("fault", [{"status": 403, "reason": "no"}, {"data": []}, {"data": {}}])
def test_an_access_list_that_is_not_whole_proves_nothing(server: ClusterServer, fault: dict[str, Any]) -> None:
    """Without it it is unknown where access is denied: guests are read, and no list is complete."""
    server.faults.add("/access/acl", **fault)
    cluster = collected(server)
    assert not cluster.coverage.guests.complete
    assert not cluster.coverage.storages.complete
    assert not cluster.nodes[0].coverage.network.complete
    assert reasons(guest(cluster, VM)) == (None, None, None)


def test_the_pool_of_a_guest_is_unknown_without_pool_audit(server: ClusterServer) -> None:
    """Its row comes without it then; a pool that is shown is known."""
    server.faults.add("/access/permissions", data=permissions(pool={"VM.Audit": 1}))
    rows = [{"type": "qemu", "vmid": VM, "node": "pve1", "name": "x", "status": "stopped"} for _ in range(2)]
    rows[1] |= {"vmid": 101, "pool": "prod"}
    server.faults.add("/cluster/resources", data=rows)
    cluster = collected(server)
    assert guest(cluster, VM).coverage.pool.reason is Incomplete.FORBIDDEN
    assert "Pool.Audit" in guest(cluster, VM).coverage.pool.detail
    assert guest(cluster, 101).coverage.pool == COMPLETE


def test_a_token_that_sees_no_guest_is_an_error(server: ClusterServer) -> None:
    """No VM.Audit anywhere and no guest: the hint names the role; with a guest it is incomplete."""
    server.faults.add("/access/permissions", data={"/": {"Sys.Audit": 1}})
    assert collected(server).coverage.guests.reason is Incomplete.FORBIDDEN
    server.faults.add("/cluster/resources", data=[])
    with pytest.raises(ProxmoxError) as raised:
        collected(server)
    assert "PVEAuditor" in raised.value.hint


def test_bridges_need_a_right_too(server: ClusterServer) -> None:
    """Without SDN.Audit the list of interfaces comes without its bridges, and with status 200."""
    server.faults.add("/access/permissions", data={"/": {"VM.Audit": 1, "Sys.Audit": 1, "Datastore.Audit": 1}})
    network: Coverage = collected(server).nodes[0].coverage.network
    assert network.reason is Incomplete.FORBIDDEN
    assert "SDN.Audit" in network.detail


def test_something_else_that_says_ok(server: ClusterServer) -> None:
    """An answer to /version without a version is not Proxmox."""
    server.faults.add("/version", data={"hello": 1})
    with pytest.raises(ProxmoxError, match="version"):
        collected(server)


def test_hostile_names_stay_names(server: ClusterServer) -> None:
    """A node called `..` is not followed anywhere; the guest is incomplete."""
    row = {"type": "qemu", "vmid": VM, "node": "..", "name": "x", "status": "running"}
    server.faults.add("/cluster/resources", data=[row])
    server.faults.add("/cluster/status", data=[{"type": "node", "name": "..", "nodeid": 0, "online": 1}])
    cluster = collected(server)
    assert guest(cluster, VM).coverage.config.reason is Incomplete.BAD_ANSWER
    assert cluster.nodes[0].coverage.status.reason is Incomplete.BAD_ANSWER


@pytest.mark.parametrize("left", [(), ("qemu", "lxc", "storage"), ("a",)], ids=["nothing", "no node", "one node"])
def test_a_list_without_a_node_proves_nothing(server: ClusterServer, left: tuple[str, ...]) -> None:
    """Everybody sees each node beside the guests: without one, Proxmox did not know its members just then."""
    rows = [row for row in _resources() if {row["type"], row.get("node")} & {*left}]
    server.faults.add("/cluster/resources", data=rows)
    coverage = collected(server).coverage.guests
    assert coverage.reason is Incomplete.CONTRADICTION
    assert "does not list the node" in coverage.detail


def _resources() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = DescriptionAnswers(describe()).answer("/cluster/resources", {}).body["data"]
    return rows
