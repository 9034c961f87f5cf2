"""Single values that Proxmox does not document: the part is not complete, and says which value is odd."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.state import Cluster, Incomplete
from proxbox_plan.model.state.firewall import Ruleset
from tests.collect.proxmox.test_hostile_answers import run


def rules(cluster: Cluster) -> Ruleset:
    """Return the firewall of the cluster."""
    assert cluster.firewall is not None
    return cluster.firewall


def nested(depth: int) -> Any:
    """Return an object in an object in an object."""
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


def test_firewall_options() -> None:
    """Numbers and booleans are read as Proxmox writes them."""
    found = rules(run("/cluster/firewall/options", {"digest": "a", "enable": 1, "ebtables": True, "rate": 5}))
    assert found.options is not None
    assert found.options.others == (("ebtables", "1"), ("rate", "5"))
    assert found.coverage.complete


@pytest.mark.parametrize(
    ("key", "value"),
    [("odd", ["x"]), ("odd", {}), ("ebtables", 1.5), ("log_level_in", True), ("policy_forward", False)],
)
def test_a_firewall_option_that_no_option_can_be(key: str, value: object) -> None:
    """Nothing is known of the options then: they are one text in NetBox."""
    found = rules(run("/cluster/firewall/options", {"digest": "a", "enable": 1, "ndp": 1, key: value}))
    assert (found.options, found.coverage.reason) == (None, Incomplete.BAD_ANSWER)
    assert f"/cluster/firewall/options: {key}: no option has such a value" in found.coverage.detail


def test_an_entry_that_is_listed_twice() -> None:
    """The first one counts, and which of them is right is not known."""
    alias = {"name": "office", "cidr": "10.0.0.0/24", "comment": "first"}
    found = rules(run("/cluster/firewall/aliases", [alias, {**alias, "comment": "second"}]))
    assert [(one.name, one.comment) for one in found.aliases] == [("office", "first")]
    assert "duplicate entry office" in found.coverage.detail


def test_a_vlan_that_says_neither_its_id_nor_its_interface() -> None:
    """Its name says both, or Proxmox does."""
    name = next(node.name for node in run("no such path", None).nodes if node.interfaces)
    row = {"iface": "storage", "type": "vlan", "active": 1, "vlan-id": 20}
    coverage = next(node.coverage for node in run(f"/nodes/{name}/network", [row]).nodes if node.name == name).network
    assert "storage: a VLAN without its id or its interface" in coverage.detail


def test_a_node_without_its_level_of_support() -> None:
    """The row is there, and what it lacks was omitted for another reason than that it is nothing."""
    row = {"type": "node", "name": "pve1", "online": 1, "nodeid": 0, "ip": "10.0.0.1", "local": 1, "id": "node/pve1"}
    assert "a node without its level of support" in run("/cluster/status", [row]).coverage.status.detail


def test_more_processors_than_a_guest_can_have() -> None:
    """Each number is possible, their product is not: the number of CPUs is unknown, and the rest is read."""
    machine = next(guest for guest in run("no such path", None).guests if guest.type == "qemu")
    config = {"digest": "d", "name": "big", "cores": 8192, "sockets": 2, "memory": "1024"}
    cluster = run(f"/qemu/{machine.vmid}/config", config)
    found = next(guest for guest in cluster.guests if guest.vmid == machine.vmid)
    assert (found.vcpus, found.memory_mib) == (None, 1024)
    assert "16384 CPUs are more than a guest can have" in found.coverage.config.detail


def test_a_value_that_is_nested_without_end() -> None:
    """It is not written out to say what is wrong with it."""
    row = {"storage": "odd", "type": "dir", "content": "images", "prune-backups": nested(5000)}
    coverage = run("/storage", [row]).coverage.storages
    assert not coverage.complete
    assert coverage.detail == "GET /storage: prune-backups: Value error, an option is no number and no text"


@pytest.mark.parametrize(("text", "number"), [("-1", -1), (-1, -1), ("7", 7), (None, None)])
def test_a_number_of_protected_backups(text: object, number: int | None) -> None:
    """-1 is any number; nothing is Proxmox's default."""
    row = {"storage": "local", "type": "dir", "path": "/x", "content": "backup", "max-protected-backups": text}
    cluster = run("/storage", [row])
    assert cluster.coverage.storages.complete
    assert [storage.max_protected_backups for storage in cluster.storages] == [number]
    assert not run("/storage", [{**row, "max-protected-backups": "many"}]).coverage.storages.complete


PORT = {"iface": "eno1", "type": "eth"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no interfaces"),
        ([PORT, PORT], "duplicate entry of an interface"),
        ([{"iface": "lan", "type": "vlan"}], "lan: a VLAN without its id or its interface"),
        ([{"iface": "eno1.5000", "type": "vlan"}], "eno1.5000: 5000 is not a VLAN id"),
        ([PORT | {"mtu": 99999}], "eno1: 99999 is not an MTU"),
        ([{"iface": "bond0", "type": "OVSBond"}], "bond0: a bond without members"),
    ],
)
def test_interfaces_of_a_node_that_cannot_be(rows: list[dict[str, Any]], words: str) -> None:
    """What they say is no network of a node."""
    (node,) = run("/network", rows).nodes
    assert node.coverage.network.reason is Incomplete.BAD_ANSWER
    assert words in node.coverage.network.detail


CLUSTER = {"type": "cluster", "name": "lab", "nodes": 2, "quorate": 1, "version": 1}
MEMBER = {"type": "node", "name": "pve1", "nodeid": 1, "online": 1, "level": ""}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([CLUSTER, MEMBER], "2 nodes in the cluster, but 1 listed"),
        ([MEMBER], "a member of a cluster, but no cluster"),
    ],
)
def test_a_cluster_that_does_not_list_all_of_its_nodes(rows: list[dict[str, Any]], words: str) -> None:
    """How many there are is said elsewhere in the same answer."""
    assert words in run("/cluster/status", rows).coverage.status.detail


def test_a_replicated_guest_that_is_not_listed() -> None:
    """Proxmox removes the job with its guest, so that the list of guests is not whole."""
    jobs = [{"id": "4711-0", "type": "local", "target": "pve2", "guest": 4711, "jobnum": 0}]
    guests = run("/cluster/replication", jobs).coverage.guests
    assert (guests.reason, guests.detail.rpartition(" ")[2]) == (Incomplete.CONTRADICTION, "4711")


def test_a_backup_job_that_never_runs() -> None:
    """Proxmox has no job without a schedule."""
    assert "a job without a schedule" in run("/cluster/backup", [{"id": "nightly"}]).coverage.backup_jobs.detail


def test_a_zone_without_what_its_type_needs() -> None:
    """A zone of VLANs is on a bridge."""
    found = run("/zones", [{"zone": "office", "type": "vlan"}]).sdn
    assert found is not None
    assert "vlan without bridge" in found.coverage.detail
