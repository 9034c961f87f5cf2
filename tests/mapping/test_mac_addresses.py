"""MAC addresses before NetBox 4.7: an object for each, and the interface refers to it."""

from __future__ import annotations

from dataclasses import replace

from proxbox_plan.core.address import Address
from proxbox_plan.model.plan import Create, Delete, Move
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import NodeInterface, State
from tests.plan.lab import lab, node
from tests.plan.world import World, fields_of, policy

MAC = "BC:24:11:AA:00:01"
OTHER = "BC:24:11:AA:00:02"
PORT = "interface:lab/node/pve1/net/nic0"
OBJECT = "mac-address:lab/node/pve1/net/nic0/mac"


def cluster(*interfaces: NodeInterface) -> State:
    """Return a cluster of one node."""
    return lab(nodes=(node("pve1", interfaces=interfaces),))


def port(name: str = "nic0", mac: str | None = MAC, **fields: object) -> NodeInterface:
    """Return a physical port."""
    return NodeInterface.model_validate({"name": name, "type": "eth", "active": True, "mac": mac, **fields})


def old(*interfaces: NodeInterface) -> World:
    """Return a NetBox 4.6 that says what the node has."""
    world = World(cluster(*interfaces), policy(), version="4.6.8")
    world.settle()
    return world


def test_of_the_interface_of_a_node() -> None:
    """As of a guest: the object is created, and the interface refers to it; with 4.7 it is a field."""
    plan = World(cluster(port()), policy(), version="4.6.8").plan()
    assert fields_of(plan, OBJECT)["mac_address"] == (None, MAC)
    assert any(change.address == OBJECT and isinstance(change, Create) for change in plan.changes)
    later = fields_of(plan, Address.of("interface", "lab/node/pve1/net/nic0").second_pass)
    assert later["primary_mac_address"] == (None, MAC)
    new = World(cluster(port()), policy()).plan()
    assert fields_of(new, PORT)["mac_address"] == (None, MAC)
    assert "mac-address" not in {change.kind for change in new.changes}


def test_another_one() -> None:
    """The object is changed, in place."""
    world = replace(old(port()), state=cluster(port(mac=OTHER)))
    plan = world.apply()
    assert [change.address for change in plan.changes] == [OBJECT]
    assert fields_of(plan, OBJECT)["mac_address"] == (MAC, OTHER)
    assert world.plan().changes == ()


def test_one_that_is_not_set_any_more_stays() -> None:
    """As the field does with 4.7: Proxmox does not show the MAC address of the card itself."""
    assert replace(old(port()), state=cluster(port(mac=None))).plan().changes == ()


def test_it_goes_with_its_interface() -> None:
    """NetBox deletes it along: one change."""
    world = replace(old(port(), port("nic1", None)), state=cluster(port("nic1", None)))
    plan = world.plan()
    assert [change.address for change in plan.changes if isinstance(change, Delete)] == [PORT]


def test_a_port_is_recognized_by_it() -> None:
    """When a kernel gives it another name: the interface is moved, and keeps the object."""
    world = replace(old(port()), state=cluster(port("enp1s0")))
    plan = world.apply()
    assert {type(change) for change in plan.changes} <= {Move}
    assert f"{PORT.removesuffix('nic0')}enp1s0" in {change.address for change in plan.changes}
    assert world.plan().changes == ()


def test_interfaces_of_nodes_that_are_not_in_scope() -> None:
    """What is not planned gets no MAC address either."""
    scope = Areas(node_interfaces=False)
    plan = World(cluster(port()), policy(areas=scope), version="4.6.8").plan()
    assert not {"interface", "mac-address"} & {change.kind for change in plan.changes}
