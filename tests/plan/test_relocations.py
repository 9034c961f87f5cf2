"""What is in a cluster or on a node goes with it to another site, or both stay: NetBox compares their places."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, NodeRule, Rule
from tests.plan.lab import lab, now, seen, vm
from tests.plan.world import World, asked, policy

CLUSTER, MACHINE = "cluster:lab/cluster", "virtual-machine:lab/qemu/100"


def settled(*guests: Any, scope: Literal["site", "none"] = "site") -> World:
    """Return a NetBox with a cluster at DC1."""
    made = World(lab(*(guests or (vm(),))), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope=scope)))
    made.settle()
    made.add("site", "DC2", slug="dc2", status="active")
    return made


def moved(made: World, *, scope: Literal["site", "none"] = "site") -> World:
    """Let the configuration have the cluster at DC2."""
    made.policy = policy(ClusterPolicy(name="lab", site="DC2", cluster_scope=scope))
    return made


def steps(plan: Plan) -> list[str]:
    """Return the changes in their order."""
    return [str(change.address) for change in plan.changes]


def test_a_cluster_lets_go_before_its_nodes_move_and_its_machines_follow() -> None:
    """It is without a place meanwhile, and a machine is at the site of its node."""
    plan = moved(settled()).plan()
    order = [CLUSTER, "device:lab/node/pve1", f"{CLUSTER}#links"]
    assert [step for step in steps(plan) if step in order] == order
    assert steps(plan).index("device:lab/node/pve1") < steps(plan).index(MACHINE)
    (machine,) = (change for change in plan.changes if change.address == MACHINE)
    assert {CLUSTER, "device:lab/node/pve1"} <= set(machine.depends_on)


def test_what_is_in_a_cluster_that_moves_is_asked_for() -> None:
    """A device of people keeps it where it is; nothing is asked while it stays."""
    made = settled()
    number = made.find("cluster", "lab/cluster").id
    assert not any(lookup.filter == "cluster_id" and lookup.kind == "device" for lookup in asked(made))
    assert Lookup("device", "cluster_id", str(number)) in asked(moved(made))


def test_guests_that_swap_addresses_meanwhile() -> None:
    """Each cycle is cut by itself."""
    made = settled(vm(100), vm(101), scope="none")
    swapped = (vm(100, addresses=seen(100, "10.0.1.101/24")), vm(101, addresses=seen(101, "10.0.1.100/24")))
    made = moved(now(made, *swapped), scope="none")
    assert made.apply().problems == ()
    assert made.find("virtual-machine", "lab/qemu/100").fields["site"]["name"] == "DC2"
    made.settle()


def test_a_guest_that_a_rule_takes_away_from_its_node() -> None:
    """It stays with the node; one that is new there comes without it."""
    made = settled(scope="none")
    rule = Rule.model_validate({"when": {"vmid": "100-101"}, "set": {"site": "DC2"}})
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none"), rules=(rule,))
    made = now(made, vm(100), vm(101))
    plan = made.apply()
    (problem,) = plan.problems
    assert "vm-100, vm-101" in problem.message
    assert made.find("virtual-machine", "lab/qemu/100").fields["site"]["name"] == "DC1"
    new = made.find("virtual-machine", "lab/qemu/101").fields
    assert (new["site"]["name"], new.get("device")) == ("DC2", None)
    assert made.plan().changes == ()


def test_a_node_that_a_rule_takes_out_of_the_place_of_its_cluster() -> None:
    """Its cluster is scoped to DC1, and NetBox takes no change that would leave it in it elsewhere."""
    made = settled()
    there = {"set": {"site": "DC2"}}
    made.policy = policy(
        ClusterPolicy(name="lab", site="DC1"),
        node_rules=(NodeRule.model_validate(there),),
        rules=(Rule.model_validate(there),),
    )
    plan = made.plan()
    assert plan.changes == ()
    assert "is scoped to the site 'DC1'" in plan.problems[0].message


@pytest.mark.parametrize(
    ("kind", "key", "scope"), [("cluster", "lab/cluster", "site"), ("device", "lab/node/pve1", "none")]
)
def test_what_is_ignored_stays_and_what_is_in_it(kind: str, key: str, scope: Literal["site", "none"]) -> None:
    """It is not written to, so NetBox would compare the others with where it is."""
    made = settled(scope=scope)
    made.tag(kind, key, "proxbox", "proxbox-ignore")
    plan = moved(made, scope=scope).apply()
    assert plan.problems
    assert made.find("virtual-machine", "lab/qemu/100").fields["site"]["name"] == "DC1"
    assert made.find("device", "lab/node/pve1").fields["site"]["name"] == "DC1"
    assert made.plan().changes == ()


def test_a_node_that_a_rule_puts_into_a_location_that_netbox_lacks() -> None:
    """It stays in the location that people put it in, and at the site of that."""
    made = settled(scope="none")
    node = made.find("device", "lab/node/pve1")
    room = made.add("location", "Room 1", slug="room-1", site=node.fields["site"])
    made.edit("device", "lab/node/pve1", location=made.ref("location", room.id))
    rule = NodeRule.model_validate({"when": {"name": "pve1"}, "set": {"site": "DC2", "location": "Room 2"}})
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none"), node_rules=(rule,))
    plan = made.apply()
    assert any("The location 'Room 1' belongs to another site" in problem.message for problem in plan.problems)
    assert made.find("device", "lab/node/pve1").fields["site"]["name"] == "DC1"


def test_a_machine_of_people_on_a_node() -> None:
    """The node stays at its site with it."""
    made = settled(scope="none")
    fields = made.find("virtual-machine", "lab/qemu/100").fields
    made.add("virtual-machine", "own", **{name: fields[name] for name in ("cluster", "device", "site")})
    plan = moved(made, scope="none").plan()
    assert "own" in next(item.message for item in plan.problems if item.address == "device:lab/node/pve1")


def test_guests_of_a_cluster_that_people_scoped_to_a_location() -> None:
    """NetBox compares a machine with the site of that location; where the location is, it is asked."""
    made = settled()
    site = made.find("device", "lab/node/pve1").fields["site"]
    room = made.add("location", "Room 1", slug="room-1", site=site)
    for name in ("pve1", "pve2"):
        made.edit("device", f"lab/node/{name}", location=made.ref("location", room.id))
    made.edit("cluster", "lab/cluster", scope=made.ref("location", room.id))
    known = made.rows.pop("location")
    assert Lookup("location", "id", str(room.id)) in asked(moved(made))
    made.rows["location"] = known
    plan = made.apply()
    assert "virtual-machine:lab/qemu/100" not in steps(plan)
    assert plan.problems
    assert made.plan().changes == ()
