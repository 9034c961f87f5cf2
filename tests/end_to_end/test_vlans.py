"""VLANs as they are: by tag, by vnet, by the bridge of a VLAN, and inside of another one; then sources are lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoNic
from proxbox_plan.demo.cluster.network_parts import DemoSdn
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage, addresses
from tests.end_to_end.test_everyday_changes import one_guest

WITH_SDN = """mapping: {create_sites: true}
scope: {plugin: false, sdn: true}
"""
OWN, INSIDE, STACKED = "Proxmox lab", "Proxmox lab Q-in-Q 777", "Proxmox lab Q-in-Q 40"
EXPECTED = {
    "net0": (10, "VLAN 10", OWN, None, None),
    "net1": (30, "office", OWN, None, None),
    "net2": (30, "customer", INSIDE, "cvlan", 777),
    "net3": (40, "VLAN 40", OWN, "svlan", None),
    "net4": (10, "VLAN 10", STACKED, "cvlan", 40),
    "net5": None,
}


def wired() -> ClusterDescription:
    """Return a cluster whose guest 900 has a NIC of each sort; some are in different VLANs of one id."""
    cluster = one_guest()
    zones: dict[str, dict[str, Any]] = {
        "vz": {"type": "vlan", "bridge": "vmbr0", "ipam": "pve"},
        "qz": {"type": "qinq", "bridge": "vmbr0", "tag": 777, "ipam": "pve"},
        "vx": {"type": "vxlan", "peers": "10.0.0.11,10.0.0.12", "ipam": "pve"},
    }
    vnets: dict[str, dict[str, Any]] = {
        "office": {"type": "vnet", "zone": "vz", "tag": 30, "alias": "Office, 1st floor"},
        "customer": {"type": "vnet", "zone": "qz", "tag": 30},
        "far": {"type": "vnet", "zone": "vx", "tag": 5000},
    }
    cluster.sdn = DemoSdn(zones=zones, vnets=vnets, subnets={"customer": ("10.70.0.0/24",)})
    cluster.nodes["pve1"] = replace(cluster.nodes["pve1"], vlan_bridges=(40,))
    for number, (bridge, tag) in enumerate(
        (("office", None), ("customer", None), ("vmbr40", None), ("vmbr40", 10), ("far", None)), start=1
    ):
        cluster.add_nic(900, DemoNic(mac=f"BC:24:11:00:09:{number:02X}", bridge=bridge, tag=tag))
    return cluster


def shown(stage: Stage) -> dict[str, Any]:
    """Return where NetBox has the NICs of the guest: id, name, group, role and service VLAN."""
    vlans = {row["id"]: row for row in stage.netbox("ipam/vlans")}
    nics = stage.netbox("virtualization/interfaces", virtual_machine="app")
    return {nic["name"]: _place(vlans[nic["untagged_vlan"]["id"]]) if nic["untagged_vlan"] else None for nic in nics}


def _place(vlan: dict[str, Any]) -> tuple[Any, ...]:
    role, service = vlan["qinq_role"], vlan["qinq_svlan"]
    return vlan["vid"], vlan["name"], vlan["group"]["name"], role and role["value"], service and service["vid"]


@pytest.mark.covering
@on_each_version
def test_vlans_as_they_are(set_up: SetUp) -> None:
    """Each NIC is in its own VLAN, named after its vnet, and NetBox agrees; with its vnet it gets another tag."""
    cluster = wired()
    stage = set_up(cluster)
    stage.configure(rest=WITH_SDN)
    stage.settle()
    assert shown(stage) == EXPECTED
    [office] = stage.netbox("ipam/vlans", name="office")
    assert office["description"] == "Office, 1st floor"
    [prefix] = stage.netbox("ipam/prefixes", prefix="10.70.0.0/24")
    assert prefix["vlan"]["id"] == stage.netbox("ipam/vlans", name="customer")[0]["id"]
    service = next(row for row in stage.netbox("ipam/vlans", vid=777))
    assert (service["qinq_role"]["value"], service["name"]) == ("svlan", "VLAN 777")

    vnets = {**cluster.sdn.vnets, "office": {**cluster.sdn.vnets["office"], "tag": 31}}
    cluster.sdn = replace(cluster.sdn, vnets=vnets)
    assert addresses(stage.settle()) == [
        ("create", "vlan:lab/vlan/31"),
        ("update", "vm-interface:lab/qemu/900/net1"),
    ]
    assert shown(stage)["net1"] == (31, "office 31", OWN, None, None)


@pytest.mark.covering
@on_each_version
def test_a_source_that_is_lost_takes_no_vlan_back(set_up: SetUp) -> None:
    """Neither an SDN that the token may not read, nor the network of a node, nor an area that is switched off."""
    stage = set_up(wired())
    stage.configure(rest=WITH_SDN)
    stage.settle()
    for pattern, status in (("/cluster/sdn/*", 403), ("/nodes/*/network", 500)):
        stage.proxmox.faults.clear()
        stage.proxmox.faults.add(pattern, status=status, reason="no")
        plan = stage.plan()
        assert plan.changes == ()
        assert {item.name for item in plan.deferred if "untagged_vlan" in item.fields} != set()
    stage.proxmox.faults.clear()
    for areas in ("plugin: false, sdn: false", "plugin: false, sdn: true, node_interfaces: false"):
        stage.configure(rest=WITH_SDN.replace("plugin: false, sdn: true", areas))
        assert stage.plan().changes == ()
    assert shown(stage) == EXPECTED
