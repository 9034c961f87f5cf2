"""Addresses that several objects have: FHRP groups, shared roles, tables in which NetBox lets them be."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.policy import ClusterPolicy
from tests.plan.lab import lab, seen, vm
from tests.plan.world import World, policy

VIP = "ip-address:lab/qemu/100/net0/ip/10.0.1.100"


def elsewhere(made: World, role: str, kind: str = "interface") -> None:
    """Let NetBox have the guest's address on something else."""
    other = {"kind": kind, "id": 77, "name": "router eth0"}
    made.add("ip-address", "10.0.1.100/24", assigned_object=other, vrf=None, role=role)


def codes(made: World) -> list[str]:
    """Return the codes of the problems."""
    return [problem.code for problem in made.plan().problems]


@pytest.mark.parametrize("role", ["anycast", "vip", "vrrp", "hsrp", "glbp", "carp"])
def test_the_copy_of_a_shared_address_has_its_role(role: str) -> None:
    """NetBox takes another one only when each of them has a shared role."""
    made = World(lab(vm()), policy())
    elsewhere(made, role)
    assert codes(made) == []
    made.settle()
    assert made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").fields["role"] == role


@pytest.mark.parametrize("role", ["", "secondary", "loopback"])
def test_an_address_without_a_shared_role_is_of_one_object(role: str) -> None:
    """It is a conflict."""
    made = World(lab(vm()), policy())
    elsewhere(made, role)
    assert codes(made) == ["address-conflict"]


def test_one_of_two_that_is_not_shared() -> None:
    """Both must be."""
    made = World(lab(vm()), policy())
    elsewhere(made, "vip")
    elsewhere(made, "")
    assert codes(made) == ["address-conflict"]


@pytest.mark.parametrize("role", ["", "vrrp"])
def test_the_address_of_a_group_stays_on_it(role: str) -> None:
    """D9: whichever guest shows it: it is no conflict, and said once as what NetBox has another way."""
    made = World(lab(vm(addresses=seen(100, "10.0.1.100/32", "10.0.1.5/24"))), policy())
    elsewhere(made, role, "ipam.fhrpgroup")
    plan = made.apply()
    assert VIP not in {change.address for change in plan.changes}
    assert plan.problems == ()
    assert [(item.address, item.field) for item in plan.preserved] == [(VIP, "assigned_object")]
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.5/24"
    assert made.plan().changes == ()


@pytest.mark.parametrize("unique", [False, True])
def test_a_vrf_that_does_not_enforce_unique_addresses(unique: bool) -> None:  # noqa: FBT001 # a parameter
    """There is no conflict in it, neither with people's objects nor between two guests."""
    both = (vm(100), vm(101, addresses=seen(101, "10.0.1.100/24")))
    made = World(lab(*both), policy(ClusterPolicy(name="lab", site="DC1", vrf="red")))
    made.add("vrf", "red", enforce_unique=unique)
    assert codes(made) == (["address-conflict"] if unique else [])
    made.apply()
    assert made.plan().changes == ()


@pytest.mark.parametrize("unique", [False, True])
def test_a_netbox_that_does_not_enforce_unique_addresses(unique: bool) -> None:  # noqa: FBT001 # a parameter
    """Its setting ENFORCE_GLOBAL_UNIQUE is one of ours, as its API does not show it."""
    options: dict[str, Any] = {"enforce_global_unique": unique}
    made = World(lab(vm()), policy(**options))
    elsewhere(made, "")
    assert codes(made) == (["address-conflict"] if unique else [])
    made.apply()
    assert made.plan().changes == ()


def test_a_role_that_people_gave_stays() -> None:
    """Another shared address is no reason to overwrite it."""
    made = World(lab(vm()), policy())
    made.settle()
    made.edit("ip-address", "lab/qemu/100/net0/ip/10.0.1.100", role="secondary")
    elsewhere(made, "vip")
    assert made.plan().changes == ()
