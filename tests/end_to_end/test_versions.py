"""Older NetBoxes: fewer fields, MAC addresses as objects, no If-Match; the result settles all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.stage import Stage

VERSIONS = ("4.2.9", "4.4.10", "4.5.5", "4.6.6", "4.7.3")


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_sync_settles(tmp_path: Path, version: str) -> None:
    """First sync, second plan empty, a rename and a new NIC land, and again nothing is left."""
    cluster = ClusterDescription.seeded(11, guests=15, nodes=2, name="lab")
    guest = next(guest for guest in cluster.guests.values() if guest.nics and not guest.template)
    with FakeNetBoxThread(version) as netbox, ClusterServer(cluster) as proxmox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.settle()
        macs = {row["mac_address"] for row in stage.netbox("dcim/mac-addresses")}
        assert {nic.mac.upper() for nic in guest.nics.values()} <= macs
        rows = {row["name"]: row for row in stage.netbox("virtualization/interfaces", virtual_machine=guest.name)}
        assert all(row["mac_address"] for row in rows.values())
        cluster.rename(guest.vmid, "renamed")
        cluster.remove_nic(guest.vmid, next(iter(guest.nics)))
        stage.settle()
        assert [row["name"] for row in stage.netbox("virtualization/virtual-machines", name="renamed")] == ["renamed"]
