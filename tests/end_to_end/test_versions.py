"""Older NetBoxes: fewer fields, MAC addresses as objects, no If-Match; the result settles all the same.

Stories of other files run on each of them, too: those with `on_each_version`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from tests.end_to_end import expected
from tests.end_to_end.conftest import SetUp, on_older_versions
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.end_to_end.test_first_sync import SOURCES, compare

MACHINES = "virtualization/virtual-machines"


@on_older_versions
@pytest.mark.slow
def test_in_short(set_up: SetUp) -> None:
    """A guest is created, renamed, grown and deleted; after each, nothing is left to do."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    assert macs(stage) >= {nic.mac for nic in cluster.guests[900].nics.values()}
    cluster.rename(900, "shop")
    cluster.set_memory(900, 4096)
    stage.settle()
    (machine,) = stage.netbox(MACHINES, cf_proxbox_key="lab/qemu/900")
    assert (machine["name"], machine["memory"]) == ("shop", 4096)
    cluster.delete_guest(900)
    stage.settle()
    (machine,) = stage.netbox(MACHINES, cf_proxbox_key="lab/qemu/900")
    assert machine["status"]["value"] == "decommissioning"
    assert len(stage.netbox("virtualization/interfaces", virtual_machine_id=machine["id"])) == 1
    (address,) = stage.netbox("ipam/ip-addresses", address="10.99.0.10/24")
    assert address["status"]["value"] == "deprecated"


@pytest.mark.slow
@on_older_versions
@pytest.mark.parametrize("name", ["recorded 9.2 cluster, all rights", "recorded 8.4 cluster"])
def test_a_first_sync(set_up: SetUp, name: str) -> None:
    """NetBox says what Proxmox says, field by field, as far as it has the field."""
    source = SOURCES[name]()
    stage = set_up(source)
    stage.configure(cluster="    netbox_name: labcluster")
    plan = stage.plan()
    stage.apply()
    compare(stage, plan, expected.Source(source))
    assert stage.plan().changes == ()


@pytest.mark.slow
@on_older_versions
def test_a_sync_settles(set_up: SetUp) -> None:
    """First sync, second plan empty, a rename and a removed NIC land, and again nothing is left."""
    cluster = ClusterDescription.seeded(11, guests=15, nodes=2, name="lab")
    with_ports = {name: replace(node, open_vswitch=True) for name, node in cluster.nodes.items()}
    cluster.nodes.update(with_ports)  # one of them sets its MAC address
    guest = next(guest for guest in cluster.guests.values() if guest.nics and not guest.template)
    stage = set_up(cluster)
    stage.settle()
    assert {nic.mac.upper() for nic in guest.nics.values()} <= macs(stage)
    rows = {row["name"]: row for row in stage.netbox("virtualization/interfaces", virtual_machine=guest.name)}
    assert all(row["mac_address"] for row in rows.values())
    assert {row["mac_address"] for row in stage.netbox("dcim/interfaces", name="nic2")} == {"BC:24:11:AA:00:02"}
    cluster.rename(guest.vmid, "renamed")
    cluster.remove_nic(guest.vmid, next(iter(guest.nics)))
    stage.settle()
    assert [row["name"] for row in stage.netbox(MACHINES, name="renamed")] == ["renamed"]


def macs(stage: Stage) -> set[str]:
    """Return all MAC addresses of NetBox."""
    return {row["mac_address"] for row in stage.netbox("dcim/mac-addresses")}
