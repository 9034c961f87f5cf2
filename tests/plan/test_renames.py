"""A port of a node that has another name is the same interface: one PATCH, and its cable stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.model.kind import Owner
from proxbox_plan.model.plan import Create, Delete, Move, Reason
from proxbox_plan.model.state import NodeInterface
from tests.plan.lab import lab, node
from tests.plan.world import World, policy, summary

MAC = "BC:24:11:AA:00:01"


def port(name: str, **fields: Any) -> NodeInterface:
    """Return a physical port."""
    return NodeInterface(name=name, type="eth", active=True, **fields)


def bond(*slaves: str) -> NodeInterface:
    """Return a bond of ports."""
    return NodeInterface(name="bond0", type="bond", active=True, slaves=slaves)


def bridge(name: str, *ports: str) -> NodeInterface:
    """Return a bridge with ports."""
    return NodeInterface(name=name, type="bridge", active=True, ports=ports)


def world(*interfaces: NodeInterface) -> World:
    """Return a NetBox that says what a cluster of one node has."""
    made = World(lab(nodes=(node("pve1", interfaces=interfaces),)), policy())
    made.settle()
    return made


def after(made: World, *interfaces: NodeInterface) -> World:
    """Return the same NetBox with the node as it is now."""
    return replace(made, state=lab(nodes=(node("pve1", interfaces=interfaces),)))


RENAMED = {
    "the old name is another name of it": (port("nic7"), port("eno1", altnames=("enp1s0", "nic7"))),
    "the same configured MAC address": (port("nic7", mac=MAC), port("eno1", mac=MAC)),
    "the MAC address is in another name": (
        port("nic7", mac=MAC),
        port("eno1", altnames=("enxbc2411aa0001",)),
    ),
    "the MAC address is in its name": (port("nic7", mac=MAC), port("enxbc2411aa0001")),
    "the position, on board": (port("eno1"), port("eno1np0")),
    "the position, by PCI path": (port("enp65s0f1np1"), port("enp65s0f1")),
}


@pytest.mark.parametrize(("before", "then"), RENAMED.values(), ids=RENAMED)
def test_a_port_is_renamed(before: NodeInterface, then: NodeInterface) -> None:
    """Whatever else the node has: two other ports, of which one is new."""
    made = after(world(before, port("eth7")), then, port("eth7"), port("eth8"))
    plan = made.apply()
    change = next(item for item in plan.changes if item.address == f"interface:lab/node/pve1/net/{then.name}")
    assert isinstance(change, Move)
    assert change.reason is Reason.RENAMED
    assert next(item.after for item in change.fields if item.field == "name") == then.name
    assert not [item for item in plan.changes if isinstance(item, Delete)]
    assert made.plan().changes == ()


MEMBERSHIPS = {
    "in a bond": (lambda name: (port(name), port("nic1"), bond(name, "nic1"))),
    "in a bridge": (lambda name: (port(name), bridge("vmbr1", name))),
}


@pytest.mark.parametrize("interfaces", MEMBERSHIPS.values(), ids=MEMBERSHIPS)
def test_the_only_port_that_left_and_entered(interfaces: Any) -> None:
    """The bond or the bridge has one port less and one more: that is the same port."""
    made = after(world(*interfaces("nic0")), *interfaces("other0"))
    plan = made.apply()
    assert ("move", "interface:lab/node/pve1/net/other0", "renamed-in-proxmox") in summary(plan)
    assert made.keys("interface") == {f"lab/node/pve1/net/{item.name}" for item in interfaces("other0")}
    assert made.plan().changes == ()


def test_two_ports_that_nothing_tells_apart() -> None:
    """Both ports of a bond have new names, and nothing says which is which: no guess is made."""
    made = after(world(port("a0"), port("b0"), bond("a0", "b0")), port("c0"), port("d0"), bond("c0", "d0"))
    kinds = {type(item) for item in made.plan().changes if item.kind == "interface" and "bond0" not in item.address}
    assert kinds == {Create, Delete}


SECOND, THIRD = "BC:24:11:AA:00:02", "BC:24:11:AA:00:03"
SHIFTED = {
    "by their other names": (
        (port("nic0"), port("nic1"), bond("nic0", "nic1")),
        (port("nic1", altnames=("nic0",)), port("nic2", altnames=("nic1",)), bond("nic1", "nic2")),
    ),
    "by their MAC addresses": (
        (port("nic0", mac=MAC), port("nic1", mac=SECOND), bond("nic0", "nic1")),
        (port("nic1", mac=MAC), port("nic2", mac=SECOND), bond("nic1", "nic2")),
    ),
    "in no bond": (
        (port("nic0"), port("nic1")),
        (port("nic1", altnames=("nic0",)), port("nic2", altnames=("nic1",))),
    ),
}


@pytest.mark.parametrize(("before", "then"), SHIFTED.values(), ids=SHIFTED)
def test_every_name_moved_on_by_one(before: Any, then: Any) -> None:
    """What a port is beside its name says which it is: both are renamed, the last one first, and nothing is deleted."""
    made = world(*before)
    ids = {name: made.find("interface", f"lab/node/pve1/net/{name}").id for name in ("nic0", "nic1")}
    made = after(made, *then)
    plan = made.apply()
    assert not [item for item in plan.changes if isinstance(item, Delete | Create) and item.kind == "interface"]
    found = {name: made.find("interface", f"lab/node/pve1/net/{name}").id for name in ("nic1", "nic2")}
    assert found == {"nic1": ids["nic0"], "nic2": ids["nic1"]}
    assert made.plan().changes == ()


def test_a_member_of_a_bond_that_another_card_replaced() -> None:
    """Its MAC address says that it is another port, whatever bond it is in."""
    made = after(
        world(port("nic0", mac=MAC), port("nic1"), bond("nic0", "nic1")),
        port("nic9", mac=THIRD),
        port("nic1"),
        bond("nic9", "nic1"),
    )
    assert not [item for item in made.plan().changes if isinstance(item, Move)]


def test_a_member_of_a_bond_that_has_the_mac_address_of_another_port() -> None:
    """Both ports of a new bond show one MAC address, which was another port's: neither is the one that left."""
    made = world(port("a0"), port("b0", mac=MAC), bond("a0"))
    plan = after(made, port("c0", mac=MAC), port("d0", mac=MAC), bond("c0")).plan()
    assert not [item for item in plan.changes if isinstance(item, Move)]


def test_names_that_lead_to_no_free_port() -> None:
    """The port that is called like the old one beside has a row of its own by its name: nothing is taken from it."""
    made = after(world(port("nic0"), port("nic1")), port("nic1", altnames=("nic0",)))
    plan = made.plan()
    assert [(type(item), item.address) for item in plan.changes] == [(Delete, "interface:lab/node/pve1/net/nic0")]


def test_a_port_of_an_ovs_bridge() -> None:
    """It is a physical port, too."""

    def ports(name: str, **fields: Any) -> tuple[NodeInterface, ...]:
        own = NodeInterface(name=name, type="OVSPort", active=True, ovs_bridge="vmbr7", **fields)
        return own, NodeInterface(name="vmbr7", type="OVSBridge", active=True, ports=(name,))

    made = after(world(*ports("nic7")), *ports("eno1", altnames=("nic7",)))
    assert not [item for item in made.plan().changes if isinstance(item, Delete)]


def test_a_port_that_people_call_otherwise_in_netbox() -> None:
    """The name that Proxmox had for it is in its key."""
    made = world(port("enp1s0f0"))
    made.policy = policy(owners={"interface": {"name": Owner.NETBOX}})
    made.edit("interface", "lab/node/pve1/net/enp1s0f0", name="Port 1 (left)")
    for then in (port("nic0", altnames=("enp1s0f0",)), port("enp1s0f0np0")):
        assert not [item for item in after(made, then).plan().changes if isinstance(item, Delete)]


def test_the_second_port_of_one_position() -> None:
    """`d1` is another port of the card, not another way to write the first."""
    made = after(world(port("enp1s0d1")), port("enp1s0"))
    assert not [item for item in made.plan().changes if isinstance(item, Move)]


def test_ports_that_swap_their_names() -> None:
    """Each key is there still: their MAC addresses change, and nothing is renamed."""
    other = "BC:24:11:AA:00:02"
    made = after(world(port("nic0", mac=MAC), port("nic1", mac=other)), port("nic0", mac=other), port("nic1", mac=MAC))
    assert {item.reason for item in made.plan().changes} == {Reason.CHANGED}


def test_a_port_without_a_bond_that_another_one_replaces() -> None:
    """Nothing says that it is the same port: one goes, another comes."""
    made = after(world(port("eth7")), port("wan0"))
    assert {type(item) for item in made.plan().changes} == {Create, Delete}


def test_the_addresses_on_it_stay() -> None:
    """An address is of its interface: it gets the new key, too, and nothing of it changes."""
    made = after(
        world(port("nic7", mac=MAC, addresses=("10.9.0.1/24",))), port("eno1", mac=MAC, addresses=("10.9.0.1/24",))
    )
    before = {row.id: row.fields for row in made.rows["ip-address"].values()}
    made.apply()
    found = made.find("ip-address", "lab/node/pve1/net/eno1/ip/10.9.0.1")
    assert {key: value for key, value in found.fields.items() if key != "assigned_object"} == {
        key: value for key, value in before[found.id].items() if key != "assigned_object"
    }
    assert made.plan().changes == ()


def test_a_port_of_another_node_is_another_port() -> None:
    """The card went into another machine."""
    made = World(lab(nodes=(node("pve1", interfaces=(port("nic7", mac=MAC),)), node("pve2", 2))), policy())
    made.settle()
    moved = lab(nodes=(node("pve1"), node("pve2", 2, interfaces=(port("nic7", mac=MAC),))))
    found = replace(made, state=moved)
    assert not [item for item in found.plan().changes if isinstance(item, Move)]
