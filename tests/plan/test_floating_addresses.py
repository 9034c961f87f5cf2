"""Addresses that move between guests (VRRP, CARP, keepalived): one object, which moves with them and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import AddressRule, ClusterPolicy, Scope
from proxbox_plan.model.state import Cluster, Guest, GuestCoverage, Incomplete, State
from tests.examples import examples
from tests.plan.lab import incomplete, lab, node, seen, vm
from tests.plan.world import World, fields_of, policy, summary

VIP = "10.0.1.200"
RULE = AddressRule.model_validate({"when": {"network": VIP}, "set": {"role": "vrrp"}})
OFF = incomplete(Incomplete.GUEST_STOPPED)
SILENT = incomplete(Incomplete.AGENT_SILENT)


def at(vmid: int, cluster: str = "lab") -> str:
    """Return the address of the VIP on a guest."""
    return f"ip-address:{cluster}/qemu/{vmid}/net0/ip/{VIP}"


def guest(vmid: int, does: str = "backup", vip: str = f"{VIP}/32") -> Guest:
    """Return a guest that has the VIP, does not have it, is stopped, or does not say."""
    own = f"10.0.1.{vmid % 250}/24"
    if does in ("stopped", "silent"):
        status = "stopped" if does == "stopped" else "running"
        return vm(
            vmid, status=status, addresses=(), coverage=GuestCoverage(addresses=OFF if does == "stopped" else SILENT)
        )
    return vm(vmid, addresses=seen(vmid, *((vip,) if does == "master" else ()), own))


def pair(first: str, second: str) -> State:
    """Return the state of two guests that share a VIP."""
    return lab(guest(100, first), guest(101, second))


def world(first: str = "master", second: str = "backup", **options: Any) -> World:
    """Return a world whose NetBox agrees with the pair."""
    made = World(pair(first, second), policy(address_rules=(RULE,), **options))
    made.settle()
    return made


def changes(made: World, first: str, second: str) -> list[tuple[str, str]]:
    """Return what becomes of the pair, and be sure that it is all."""
    made.state = pair(first, second)
    plan = made.apply()
    assert plan.problems == ()
    assert made.plan().changes == ()
    return [(action, address) for action, address, _ in summary(plan) if address.startswith("ip-address:")]


def test_it_is_made_with_its_role() -> None:
    """Its guest is known by its own address, not by the one it shares."""
    made = world()
    row = made.find("ip-address", at(100).partition(":")[2])
    assert (row.fields["role"], row.fields["address"]) == ("vrrp", f"{VIP}/32")
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.100/24"


@pytest.mark.parametrize("vip", [f"{VIP}/32", f"{VIP}/24"])
def test_it_is_primary_only_where_there_is_no_other(vip: str) -> None:
    """Also one that has its network's length."""
    made = World(lab(guest(100, "master", vip)), policy(address_rules=(RULE,)))
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.100/24"
    alone = World(lab(vm(addresses=seen(100, vip))), policy(address_rules=(RULE,)))
    alone.settle()
    assert alone.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == vip


def test_it_moves() -> None:
    """The object stays, and so does what people wrote on it."""
    made = world()
    made.edit("ip-address", at(100).partition(":")[2], dns_name="www.example.com")
    number = made.find("ip-address", at(100).partition(":")[2]).id
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]
    row = made.find("ip-address", at(101).partition(":")[2])
    assert (row.id, row.fields["dns_name"], row.fields["role"]) == (number, "www.example.com", "vrrp")


def test_both_show_it_for_a_moment() -> None:
    """It stays where it is, which is said; it moves once that one has it no more."""
    made = world()
    assert changes(made, "master", "master") == []
    (stays,) = made.plan().preserved
    assert (stays.address, stays.field, stays.netbox["name"]) == (at(101), "assigned_object", "vm-100 net0")
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]


def test_both_show_it_at_first() -> None:
    """The first one has it, in one object."""
    made = world("master", "master")
    assert {key for key in made.keys("ip-address") if VIP in key} == {at(100).partition(":")[2]}


def test_its_guest_is_stopped() -> None:
    """It cannot have it: who shows it has. While no guest does it stays."""
    made = world()
    assert changes(made, "stopped", "backup") == []
    assert changes(made, "stopped", "master") == [(Action.MOVE, at(101))]
    assert changes(made, "master", "backup") == [(Action.MOVE, at(100))]


def test_its_guest_does_not_say() -> None:
    """Unknown is not gone: it stays where it is documented, whoever shows it."""
    made = world()
    assert changes(made, "silent", "master") == []
    assert changes(made, "silent", "backup") == []
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]


def test_its_guest_is_gone() -> None:
    """What is decommissioned gives it up."""
    made = world()
    made.state = lab(guest(101, "master"))
    plan = made.apply()
    assert (Action.MOVE, at(101)) in [(action, address) for action, address, _ in summary(plan)]
    assert plan.problems == ()
    assert made.plan().changes == ()


def test_its_guest_is_deleted() -> None:
    """It goes with that, and is made anew in the same plan."""
    made = world(on_missing={"virtual-machine": "delete"})
    made.state = lab(guest(101, "master"))
    made.apply()
    assert {key for key in made.keys("ip-address") if VIP in key} == {at(101).partition(":")[2]}
    assert made.plan().changes == ()


def test_people_have_it_on_a_router_too() -> None:
    """Theirs stays, and ours moves beside it."""
    made = World(pair("master", "backup"), policy(address_rules=(RULE,)))
    router = {"kind": "interface", "id": 77, "name": "router eth0"}
    made.add("ip-address", f"{VIP}/24", assigned_object=router, vrf=None, role="vrrp")
    made.apply()
    assert made.plan().changes == ()
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]


def test_a_role_of_people_does_the_same() -> None:
    """What NetBox says of an address counts where no rule says anything."""
    made = World(pair("master", "backup"), policy())
    made.settle()
    made.edit("ip-address", at(100).partition(":")[2], role="carp")
    assert changes(made, "master", "master") == []
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]


def test_an_address_without_a_role_is_a_conflict() -> None:
    """As long as nothing says that it is shared."""
    made = World(pair("master", "backup"), policy())
    made.settle()
    made.state = pair("master", "master")
    assert [problem.code for problem in made.plan().problems] == ["address-conflict"]
    made.state = pair("stopped", "master")
    assert [problem.code for problem in made.plan().problems] == ["address-conflict"]


def anycast(role: str = "anycast", **when: Any) -> AddressRule:
    """Return a rule that gives the address a role."""
    return AddressRule.model_validate({"when": {"network": VIP, **when}, "set": {"role": role}})


def test_an_anycast_address_is_on_each_guest() -> None:
    """Each has one of its own, which stays while that guest does not say."""
    made = World(pair("master", "master"), policy(address_rules=(anycast(),)))
    made.settle()
    assert {key for key in made.keys("ip-address") if VIP in key} == {at(vmid).partition(":")[2] for vmid in (100, 101)}
    assert changes(made, "silent", "master") == []
    assert changes(made, "master", "backup") == [(Action.DELETE, at(101))]
    assert changes(made, "master", "master") == [(Action.CREATE, at(101))]


def test_an_address_that_becomes_an_anycast_one() -> None:
    """The first one gets the role before the second one is made: NetBox takes no other order."""
    made = World(pair("master", "master"), policy())
    made.apply()
    made.policy = policy(address_rules=(anycast(),))
    plan = made.apply()
    order = [change.address for change in plan.changes if VIP in change.address]
    assert order == [at(100), at(101)]
    assert next(change for change in plan.changes if change.address == at(101)).depends_on.count(at(100)) == 1
    assert made.plan().changes == ()


@pytest.mark.parametrize("role", ["loopback", ""])
def test_one_that_people_say_is_not_shared(role: str) -> None:
    """Then a second one is a conflict, as NetBox would refuse it."""
    made = World(pair("master", "backup"), policy(address_rules=(anycast(),)))
    made.settle()
    made.edit("ip-address", at(100).partition(":")[2], role=role)
    made.state = pair("master", "master")
    assert [(item.code, item.address) for item in made.plan().problems] == [("address-conflict", at(101))]
    made.policy = policy(address_rules=(anycast(),), owners={"ip-address": {"role": "proxmox"}})
    plan = made.apply()
    assert plan.problems == ()
    assert fields_of(plan, at(100)) == {"role": (role, "anycast")}
    assert made.plan().changes == ()


def test_only_one_of_two_has_a_shared_role() -> None:
    """Both must have one: a rule that is about one of them is not enough."""
    made = World(pair("master", "master"), policy(address_rules=(anycast(guest="vm-101"),)))
    assert [(item.code, item.address) for item in made.plan().problems] == [("address-conflict", at(101))]
    made = World(pair("master", "backup"), policy())
    made.settle()
    made.state = pair("silent", "master")
    made.policy = policy(address_rules=(anycast(),))
    assert [(item.code, item.address) for item in made.plan().problems] == [("address-conflict", at(101))]


def test_a_role_that_is_none_of_the_others() -> None:
    """What a rule says of an address is not overruled by what its holder in NetBox has."""
    made = World(pair("master", "backup"), policy(address_rules=(anycast("loopback"),)))
    router = {"kind": "interface", "id": 77, "name": "router eth0"}
    made.add("ip-address", f"{VIP}/24", assigned_object=router, vrf=None, role="vip")
    assert [(item.code, item.address) for item in made.plan().problems] == [("address-conflict", at(100))]


def test_clusters_have_vips_of_their_own() -> None:
    """The same address on another cluster is another one, beside it: both have a role that lets them."""
    clusters = tuple(
        Cluster(name=name, proxmox_name=name, nodes=(node(), node("pve2", 2)), guests=(guest(vmid, "master"),))
        for name, vmid in (("lab", 100), ("far", 101))
    )
    clusters = (clusters[0], clusters[1].replace(nodes=(node("far1", 11), node("pve1", 12))))
    filed = tuple(ClusterPolicy(name=name, site=site) for name, site in (("lab", "DC1"), ("far", "DC2")))
    made = World(State.make(clusters=clusters), policy(*filed, address_rules=(RULE,)))
    made.settle()
    assert {key for key in made.keys("ip-address") if VIP in key} == {
        at(100).partition(":")[2],
        at(101, "far").partition(":")[2],
    }


def test_a_vrf_in_which_addresses_are_not_unique() -> None:
    """It is one object there, too."""
    made = World(
        pair("master", "backup"), policy(ClusterPolicy(name="lab", site="DC1", vrf="red"), address_rules=(RULE,))
    )
    made.add("vrf", "red", enforce_unique=False)
    made.apply()
    assert changes(made, "master", "master") == []
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]


def test_its_guest_is_out_of_scope() -> None:
    """What a filter leaves out keeps what it has: the other one gets an object of its own beside it."""
    made = world()
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", scope=Scope(vmids=(101,))), address_rules=(RULE,))
    assert changes(made, "backup", "master") == [(Action.CREATE, at(101))]


def test_an_older_state_moves_nothing() -> None:
    """What was first applied after a state was collected is not judged by it."""
    made = world()
    row = made.find("ip-address", at(100).partition(":")[2])
    assert row.last_applied is not None
    newer = replace(row.last_applied, since="2026-11-02T00:00:00Z")
    made.rewrite("ip-address", at(100).partition(":")[2], last_applied=newer)
    made.state = State.make(clusters=pair("stopped", "master").clusters, collected={"lab": "2026-11-01T00:00:00Z"})
    assert [change.address for change in made.plan().changes if VIP in change.address] == []


def test_no_guest_shows_it_for_a_moment() -> None:
    """It stays, which is said, until one does; its role is what a person takes off to have it pruned."""
    made = world()
    assert changes(made, "backup", "backup") == []
    (stays,) = made.plan().preserved
    assert (stays.address, stays.field, stays.proxmox) == (at(100), "assigned_object", None)
    assert changes(made, "backup", "master") == [(Action.MOVE, at(101))]
    made.edit("ip-address", at(101).partition(":")[2], role="")
    assert changes(made, "backup", "backup") == [(Action.DELETE, at(101))]


ROLES = st.sampled_from(("master", "backup", "stopped", "silent"))


@pytest.mark.covering
@settings(max_examples=examples(4))
@given(st.lists(st.tuples(ROLES, ROLES), min_size=20, max_size=20))
def test_twenty_collects(days: list[tuple[str, str]]) -> None:
    """Whatever both do: nothing is made, deleted or refused, and a plan holds its move or nothing of it."""
    made = world()
    number = made.find("ip-address", at(100).partition(":")[2]).id
    for first, second in days:
        made.state = pair(first, second)
        plan = made.apply()
        assert plan.problems == ()
        moved = [(change.action, change.target_id) for change in plan.changes if VIP in change.address]
        assert moved in ([], [(Action.MOVE, number)])
        others = {change.kind for change in plan.changes if VIP not in change.address}
        assert others <= {"virtual-machine"}  # their status
    assert made.plan().changes == ()
