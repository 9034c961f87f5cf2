"""Undo is a plan like any other: it takes back what an apply did, and nothing that people did since."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy, Rule
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Guest
from proxbox_plan.plan import KINDS, make_undo
from proxbox_plan.plan.order import graph
from tests.plan.lab import container, disk, lab, now, seen, vm, world
from tests.plan.test_properties import SETTINGS, labs
from tests.plan.world import World, fields_of, policy, summary


def essence(plan: Plan) -> list[tuple[Any, ...]]:
    """Return a plan without NetBox ids and time stamps: what it does to our objects, and why."""
    ours = (change for change in plan.changes if not KINDS[change.kind].support)
    return sorted((change.address, change.action, change.reason, _fields(change)) for change in ours)


def _fields(change: Change) -> list[tuple[str, Any, Any, str]]:
    return [(item.field, _named(item.before), _named(item.after), item.cause) for item in change.fields]


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in value]
    return value["name"] if isinstance(value, dict) else value


def test_an_update_is_given_back() -> None:
    """The value before, and the bookkeeping before: the next plan is the one that was undone."""
    made = now(world(), vm(memory_mib=4096), container())
    first = made.plan()
    undone = made.undo(made.outcome(first))
    assert summary(undone) == [("update", "virtual-machine:lab/qemu/100", "undo")]
    assert made.find("virtual-machine", "lab/qemu/100").fields["memory"] == 2048
    assert essence(made.plan()) == essence(first)


def test_a_creation_is_deleted_and_a_deletion_made_again() -> None:
    """Children first on the way out, parents first on the way in."""
    made = now(world(vm(disks=(disk(), disk("scsi1")))), vm(), container())
    first = made.plan()
    made.undo(made.outcome(first))
    assert "lab/lxc/200" not in made.keys("virtual-machine")
    assert "lab/qemu/100/disk/scsi1" in made.keys("virtual-disk")
    assert essence(made.plan()) == essence(first)


def test_a_primary_address_that_was_deleted_is_one_again() -> None:
    """The address comes back with another id: the machine refers to that, and so does what was last applied to it."""
    made = now(world(vm(100)), vm(100, addresses=seen(100, "10.0.1.9/24")))
    first = made.plan()
    made.undo(made.outcome(first))
    back = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100")
    machine = made.find("virtual-machine", "lab/qemu/100")
    assert machine.fields["primary_ip4"]["id"] == back.id
    assert machine.last_applied is not None
    assert machine.last_applied.fields["primary_ip4"] == back.id
    assert essence(made.plan()) == essence(first)


def test_a_machine_that_was_deleted_has_its_primary_address_again() -> None:
    """In a second step, as when it was made: the address comes back after the machine and its NIC."""
    made = now(world(vm(100), vm(101), on_missing={"virtual-machine": OnMissing.DELETE}), vm(100))
    undone = made.undo(made.outcome(made.plan()))
    assert ("update", "virtual-machine:lab/qemu/101#links", "undo") in summary(undone)
    machine = made.find("virtual-machine", "lab/qemu/101")
    back = made.find("ip-address", "lab/qemu/101/net0/ip/10.0.1.101")
    assert machine.fields["primary_ip4"]["id"] == back.id
    assert machine.last_applied is not None
    assert machine.last_applied.fields["primary_ip4"] == back.id


def test_support_objects_stay() -> None:
    """Tags, roles and custom fields may be used by others by now."""
    made = World(lab(vm()), policy())
    made.undo(made.outcome(made.plan()))
    assert made.rows["device-role"]
    assert made.rows["custom-field"]
    assert not made.rows["virtual-machine"]


def test_shared_objects_stay() -> None:
    """A VLAN in a group of people carries no key of ours, and nothing without our key is deleted."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Shared")))
    undone = made.undo(made.outcome(made.plan()))
    assert made.rows["vlan"]
    assert all(change.key is not None for change in undone.changes if change.action is Action.DELETE)


def test_an_adoption_is_undone_without_deleting() -> None:
    """The object is unmanaged again, with the values it had."""
    made = World(lab(vm()), policy())
    cluster = made.add("cluster", "labcluster", scope=None, type=None)
    row = made.add("virtual-machine", "vm-100", cluster=made.ref("cluster", cluster.id), memory=5, status="active")
    undone = made.undo(made.outcome(made.plan()))
    assert (Action.FORGET, "virtual-machine:lab/qemu/100") in [(c.action, c.address) for c in undone.changes]
    assert made.rows["virtual-machine"][row.id].fields["memory"] == 5
    assert made.rows["virtual-machine"][row.id].key is None


def test_what_was_edited_since_stays() -> None:
    """A person's later edit is not taken back; the plan says so."""
    made = now(world(), vm(memory_mib=4096), container())
    outcome = made.outcome(made.plan())
    made.edit("virtual-machine", "lab/qemu/100", memory=7)
    undone = made.undo(outcome)
    assert undone.changes == ()
    assert [problem.code for problem in undone.problems] == [ProblemCode.EDITED_SINCE]


def test_what_it_gives_back_may_be_deleted_since() -> None:
    """The plan says nothing of a role that NetBox no longer has: an apply finds it missing before it writes."""

    def with_role(name: str) -> Policy:
        return policy(rules=(Rule.model_validate({"set": {"role": name}}),))

    made = World(lab(vm()), with_role("Database"))
    made.settle()
    first = made.find("virtual-machine", "lab/qemu/100").fields["role"]["id"]
    made.policy = with_role("Web")
    outcome = made.outcome(made.plan())
    assert str(first) in make_undo(outcome, made.inventory, "sha256:config").referred["device-role"]
    del made.rows["device-role"][first]
    undone = make_undo(outcome, made.inventory, "sha256:config")
    assert fields_of(undone, "virtual-machine:lab/qemu/100")["role"] == ("Web", "Database")
    assert str(first) not in undone.referred.get("device-role", {})


def test_what_nobody_knows_how_to_order_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that change places, were they not cut in two: nothing is omitted silently."""
    made = now(world(vm(name="web"), vm(101, name="db")), vm(name="db"), vm(101, name="web"))
    outcome = made.outcome(made.plan())
    monkeypatch.setattr(graph, "break_one", lambda *_: ())
    undone = made.undo(outcome)
    assert undone.changes == ()
    assert not undone.complete
    assert {(problem.code, problem.address) for problem in undone.problems} == {
        (ProblemCode.BLOCKED, "virtual-machine:lab/qemu/100"),
        (ProblemCode.BLOCKED, "virtual-machine:lab/qemu/101"),
    }


def test_undo_of_an_undo_is_the_apply() -> None:
    """An undo is a plan, so it can be undone."""
    made = now(world(), vm(memory_mib=4096, name="web"), container())
    undone = made.outcome_of_undo(made.outcome(made.plan()))
    made.undo(undone)
    assert made.plan().changes == ()


@SETTINGS
@given(labs(), labs())
def test_undo_then_plan_equals_the_plan_before(before: tuple[Guest, ...], after: tuple[Guest, ...]) -> None:
    """Whatever happened in the cluster: undone, the same plan is due again."""
    made = World(lab(*before), policy())
    made.settle()
    made.state = lab(*after)
    first = made.plan()
    made.undo(made.outcome(first))
    assert essence(made.plan()) == essence(first)


def test_tags_that_were_edited_since_stay() -> None:
    """A tag of a person counts as an edit of what the apply wrote."""
    made = now(world(), vm(tags=("prod",)), container())
    outcome = made.outcome(made.plan())
    made.tag("virtual-machine", "lab/qemu/100", "prod", "proxbox", "mine")
    undone = made.undo(outcome)
    assert undone.changes == ()
    assert "was edited since (tags)" in undone.problems[0].message


def test_what_others_put_something_on_is_not_deleted() -> None:
    """NetBox would delete it with the machine that the apply created: that stays, and the rest is undone."""
    made = now(world(), vm(), container(), vm(101))
    outcome = made.outcome(made.plan())
    number = made.find("virtual-machine", "lab/qemu/101").id
    made.add("virtual-disk", "data", virtual_machine=made.ref("virtual-machine", number))
    undone = made.undo(outcome)
    assert [(problem.code, problem.address) for problem in undone.problems] == [
        (ProblemCode.HOLDS_OTHERS, "virtual-machine:lab/qemu/101")
    ]
    assert "'data'" in undone.problems[0].message
    assert "lab/qemu/101" in made.keys("virtual-machine")
    assert "lab/qemu/101/net0" not in made.keys("vm-interface")
