"""Addresses as guests and nodes show them: bridges inside a guest, aliases, shared and temporary addresses, clones."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.state import GuestAddress, NodeInterface
from tests.plan.lab import container, lab, nic, node, seen, vm, world
from tests.plan.world import World, policy

MACHINE = "lab/qemu/100"


def shown(interface: str, *addresses: str) -> tuple[GuestAddress, ...]:
    """Return addresses on an interface that has the MAC address of the first NIC."""
    return tuple(GuestAddress(interface=interface, mac=nic(100).mac, address=address) for address in addresses)


def primary(made: World, family: int) -> str:
    """Return the primary address of the guest."""
    value = made.find("virtual-machine", MACHINE).fields[f"primary_ip{family}"]
    return str(value["name"])


def addresses(made: World) -> set[str]:
    """Return the addresses of the guest."""
    return {key.rpartition("/")[2] for key in made.keys("ip-address") if key.startswith(MACHINE)}


def test_a_bridge_inside_a_guest() -> None:
    """It has the NIC's MAC address, and its address is the guest's; a bridge of Docker is noise."""
    assert addresses(world(vm(addresses=shown("br-lan", "10.0.1.100/24")))) == {"10.0.1.100"}
    assert addresses(world(vm(addresses=shown("br-0123456789ab", "172.18.0.1/16")))) == set()


PRIMARIES = {
    "a shared address comes after the guest's own": (4, ("10.0.5.100/32", "10.0.5.20/24"), "10.0.5.20/24"),
    "one address is chosen though it is single": (4, ("10.0.5.100/32",), "10.0.5.100/32"),
    "a temporary address comes after one that a person gave": (
        6,
        ("2001:db8::1c2d:3e4f:5061:7283/64", "2001:db8::10/64"),
        "2001:db8::10/64",
    ),
    "and after one of the MAC address": (
        6,
        ("2001:db8::1c2d:3e4f:5061:7283/64", "2001:db8::be24:11ff:fe00:6400/64"),
        "2001:db8::be24:11ff:fe00:6400/64",
    ),
}


@pytest.mark.parametrize(("family", "found", "chosen"), PRIMARIES.values(), ids=PRIMARIES)
def test_the_primary_address(family: int, found: tuple[str, ...], chosen: str) -> None:
    """The guest's own and lasting one."""
    assert primary(world(vm(addresses=seen(100, *found))), family) == chosen


def test_the_present_primary_address_stays() -> None:
    """While it is valid, a better one does not replace it."""
    made = world(vm(addresses=seen(100, "10.0.5.100/32")))
    made.state = lab(vm(addresses=seen(100, "10.0.5.100/32", "10.0.5.20/24")))
    made.settle()
    assert primary(made, 4) == "10.0.5.100/32"


def test_the_addresses_of_an_alias_are_its_interfaces() -> None:
    """`vmbr0:1` is a label on `vmbr0`: both addresses are on that, and the primary one is that of the cluster."""
    bridge = NodeInterface(name="vmbr0", type="bridge", active=True, addresses=("192.168.7.1/24",))
    alias = NodeInterface(name="vmbr0:1", type="alias", active=True, addresses=("10.0.0.1/24",))
    made = World(lab(nodes=(node(interfaces=(bridge, alias)),)), policy())
    made.settle()
    on = "lab/node/pve1/net/vmbr0/ip"
    assert made.keys("ip-address") == {f"{on}/192.168.7.1", f"{on}/10.0.0.1"}
    assert made.find("device", "lab/node/pve1").fields["primary_ip4"]["name"] == "10.0.0.1/24"


@pytest.mark.parametrize("clone", [90, 110], ids=["lower number", "higher number"])
def test_a_clone_that_is_not_connected_gives_way(clone: int) -> None:
    """Whatever its number: the guest whose link is up has the address, and the other one is reported."""
    static: dict[str, Any] = {"addresses": ("10.0.1.100/24",), "gateways": ("10.0.1.1",)}
    one = container(100, nics=(nic(100, name="eth0", model="veth", **static),))
    two = container(clone, nics=(nic(clone, name="eth0", model="veth", link_down=True, **static),))
    made = World(lab(one, two), policy())
    plan = made.apply()
    assert "lab/lxc/100/net0/ip/10.0.1.100" in made.keys("ip-address")
    assert {str(problem.address) for problem in plan.problems} == {f"ip-address:lab/lxc/{clone}/net0/ip/10.0.1.100"}
