"""The VLANs of the recorded clusters: by vnet, by the VLAN under a bridge, and by tag."""

from __future__ import annotations

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import Coverage
from proxbox_plan.model.state.vlans import NicVlan, Segment, Wiring, vlan_of
from tests.collect.proxmox.areas import collected
from tests.recordings import NORD, recording


def test_the_vlans_of_recorded_nics() -> None:
    """Vnets of a vlan and of a qinq zone, and bridges over a VLAN of a bond, by name and by interface."""
    with ClusterServer(recording(NORD)) as server:
        cluster = collected(server, Areas(sdn=True))
    wiring = Wiring(cluster)
    assert wiring.segment("kiel", "vnet10") == Segment(110)
    assert wiring.segment("kiel", "qn1") == Segment(5, 777)
    assert wiring.segment("kiel", "vmbr40") == Segment(40)
    assert wiring.segment("kiel", "vmbr0v") == Segment(20)
    elsewhere = wiring.segment("pve-husum-02", "vmbr0v")  # which has no such bridge: it could be a vnet
    assert isinstance(elsewhere, Coverage)
    assert not elsewhere.complete
    assert wiring.segment("kiel", "vmbr0") == wiring.segment("kiel", "vx100") == Segment()
    found = {
        (nic.bridge, nic.tag): vlan_of(segment, nic)
        for guest in cluster.guests
        for nic in guest.nics
        if isinstance(segment := wiring.segment(guest.node, nic.bridge), Segment)
    }
    assert found["vnet10", None] == NicVlan(110, trunk_service=110)
    assert found["vmbr0", 77] == NicVlan(77)
    assert found["vmbr0", None] == NicVlan(None)
