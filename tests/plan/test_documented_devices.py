"""Devices that people documented: their names in another case, device types of several manufacturers."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.policy.rules import NodeRule
from tests.plan.lab import lab, vm
from tests.plan.world import World, policy


def documented(*, name: str = "PVE1", **cluster: Any) -> World:
    """Return a NetBox in which people documented the site and a device, under a policy for the same type."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", **cluster)))
    site = made.add("site", "DC1", slug="dc1")
    maker = made.add("manufacturer", "Acme", slug="acme")
    model = made.add(
        "device-type",
        "Server",
        model="Server",
        slug="server",
        manufacturer={"kind": "manufacturer", "id": maker.id, "name": "Acme"},
    )
    made.add(
        "device",
        name,
        site={"kind": "site", "id": site.id, "name": "DC1"},
        device_type={"kind": "device-type", "id": model.id, "name": "Server"},
        status="active",
    )
    return made


def actions(plan: Plan, kind: str) -> dict[str, Action]:
    """Return what happens to the objects of a kind, by address."""
    return {str(change.address): change.action for change in plan.changes if change.kind == kind}


def test_a_device_whose_name_is_in_another_case() -> None:
    """NetBox takes the names for one: the device is adopted, and its name stays as people wrote it."""
    made = documented()
    plan = made.apply()
    assert actions(plan, "device")["device:lab/node/pve1"] is Action.ADOPT
    assert not [problem for problem in plan.problems if problem.address == "device:lab/node/pve1"]
    assert made.find("device", "lab/node/pve1").fields["name"] == "PVE1"
    assert made.plan().changes == ()


def test_a_model_of_another_manufacturer() -> None:
    """It is another type: ours is made beside it."""
    assert actions(documented(name="other", device_type="Server").plan(), "device-type") == {
        "device-type:server": Action.CREATE
    }


def test_the_model_of_the_configured_manufacturer() -> None:
    """It is found, and no second one is made."""
    made = documented(name="other", device_type="Server", manufacturer="Acme")
    assert actions(made.plan(), "device-type") == {}


RACK = {"kind": "rack", "id": 7, "name": "R1"}


@pytest.mark.parametrize(("name", "value"), [("site", "DC2"), ("location", "Room 1")])
def test_a_device_in_a_rack_keeps_where_it_is(name: str, value: str) -> None:
    """NetBox refuses a device whose rack is elsewhere: a rule moves the others, and this one is a problem."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none")))
    made.settle()
    site = next(row for row in made.rows["site"].values() if row.name == "DC1")
    made.add("location", "Room 1", slug="room-1", site=made.ref("site", site.id))
    made.edit("device", "lab/node/pve1", rack=RACK)
    rule = NodeRule.model_validate({"set": {name: value}})
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none"), node_rules=(rule,))
    plan = made.plan()
    assert actions(plan, "device") == {"device:lab/node/pve2": Action.UPDATE}
    (problem,) = plan.problems
    assert problem.address == "device:lab/node/pve1"
    assert f"is in the rack 'R1' in NetBox, which is not known to be at the {name}" in problem.message
    assert made.apply().problems == (problem,)
    assert made.plan().changes == ()


def test_a_device_in_a_rack_is_planned_like_any_other() -> None:
    """As long as it stays at its site."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1")))
    made.settle()
    made.edit("device", "lab/node/pve1", rack=RACK, status="offline")
    plan = made.plan()
    assert (actions(plan, "device"), plan.problems) == ({"device:lab/node/pve1": Action.UPDATE}, ())
