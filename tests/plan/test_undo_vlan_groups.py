"""The undo of a new VLAN group: NetBox deletes none that has a VLAN, which the undo says, and orders, beforehand."""

from __future__ import annotations

from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.plan import make_undo, undo_lookups
from tests.plan.lab import lab, nic, node, vm
from tests.plan.test_found_again import NetBox
from tests.plan.world import policy, summary

GROUP, VLAN = "vlan-group:lab/vlan-group", "vlan:lab/vlan/20"


def made() -> tuple[NetBox, Outcome]:
    """Return a NetBox that just got its first VLAN with its group, and the outcome of that."""
    found = NetBox(lab(vm(nics=(nic(100, tag=None),)), nodes=(node(), node("pve2", 2))), policy())
    found.apply()
    found.state = lab(vm())
    outcome = found.outcome(found.plan())
    group, vlan = (next(iter(found.rows[kind].values())) for kind in ("vlan-group", "vlan"))
    found.dependents.append(Dependent(kind="vlan-group", on=group.id, model="ipam.vlan", id=vlan.id, name="VLAN 20"))
    return found, outcome


def test_its_vlans_go_first() -> None:
    """And then the group: each waits for what refers to it."""
    found, outcome = made()
    plan = make_undo(outcome, found.inventory, "sha256:config")
    deleted = {change.address: change.depends_on for change in plan.changes if change.action == "delete"}
    assert deleted == {VLAN: ("vm-interface:lab/qemu/100/net0",), GROUP: (VLAN,)}
    assert not [lookup for lookup in undo_lookups(outcome, found.inventory) if lookup.filter == "cluster_id"]
    assert plan.problems == ()


def test_a_vlan_that_people_put_in_it() -> None:
    """The group stays, and the problem names both; the VLAN that we made goes."""
    found, outcome = made()
    group = found.find("vlan-group", "lab/vlan-group")
    theirs = found.add("vlan", "theirs", vid=99, group=found.ref("vlan-group", group.id), status="active")
    found.dependents.append(Dependent(kind="vlan-group", on=group.id, model="ipam.vlan", id=theirs.id, name="theirs"))
    plan = make_undo(outcome, found.inventory, "sha256:config")
    assert ("delete", VLAN, "undo") in summary(plan)
    assert GROUP not in {change.address for change in plan.changes}
    (problem,) = plan.problems
    assert (problem.code, str(problem.address)) == (ProblemCode.HOLDS_OTHERS, GROUP)
    assert "theirs" in problem.message


def test_a_vlan_of_ours_that_people_use() -> None:
    """It stays, and so does its group."""
    found, outcome = made()
    vlan = found.find("vlan", "lab/vlan/20")
    found.dependents.append(Dependent(kind="vlan", on=vlan.id, model="ipam.prefix", id=77, name="10.0.0.0/8"))
    plan = make_undo(outcome, found.inventory, "sha256:config")
    assert [change.address for change in plan.changes if change.action == "delete"] == []
    assert {str(problem.address) for problem in plan.problems} == {VLAN, GROUP}
