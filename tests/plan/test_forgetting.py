"""What the configuration forgets stays in NetBox, without our marks, whatever became of its source."""

from __future__ import annotations

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Action
from proxbox_plan.model.plan.graph import PlanGraph
from proxbox_plan.model.problem import ProblemCode
from tests.plan.lab import container, lab, now, vm, world
from tests.plan.world import World, policy, summary

VM = "virtual-machine:lab/qemu/100"
WHOLE = (VM, *(f"{kind}:lab/qemu/100/*" for kind in ("vm-interface", "virtual-disk", "ip-address")))


def forgetting(made: World, *patterns: str) -> World:
    """Let the configuration forget objects."""
    made.policy = made.policy.model_copy(update={"forget": patterns})
    return made


def test_what_is_gone_is_forgotten_instead_of_deleted() -> None:
    """Also where it would be deleted: it stays, with the values it has, and no later plan mentions it."""
    made = now(world(on_missing={"virtual-machine": OnMissing.DELETE}), container())
    plan = forgetting(made, *WHOLE).apply()
    assert {change.action for change in plan.changes} == {Action.FORGET}
    assert VM in {change.address for change in plan.changes}
    assert "vm-100" in {row.name for row in made.rows["virtual-machine"].values()}
    assert not [key for kind in made.rows for key in made.keys(kind) if key.startswith("lab/qemu/100")]
    assert made.plan().changes == ()


def test_what_was_decommissioned_can_be_forgotten() -> None:
    """There is nothing left to change of it, but it is ours until then."""
    made = now(world(), container())
    made.settle()
    assert summary(forgetting(made, VM).apply()) == [("forget", VM, "forgotten-in-config")]
    assert "lab/qemu/100" not in made.keys("virtual-machine")
    assert made.plan().changes == ()


def test_the_former_guest_of_a_vmid_can_be_forgotten() -> None:
    """Neither the old guest nor the one that has its vmid now is ours then."""
    made = now(world(), vm(name="other", uuid="another", vmgenid="another", addresses=()), container())
    plan = forgetting(made, *WHOLE).apply()
    assert {change.action for change in plan.changes} == {Action.FORGET}
    assert f"{VM}#replaced" in {change.address for change in plan.changes}
    assert made.plan().changes == ()


def test_a_part_that_is_forgotten_keeps_what_it_hangs_off() -> None:
    """NetBox would delete it together with its machine."""
    made = now(world(on_missing={"virtual-machine": OnMissing.DELETE}), container())
    plan = forgetting(made, "virtual-disk:lab/qemu/100/*").plan()
    assert ("forget", "virtual-disk:lab/qemu/100/disk/scsi0", "forgotten-in-config") in summary(plan)
    assert VM not in {change.address for change in plan.changes}
    assert [item.code for item in plan.problems] == [ProblemCode.HOLDS_OTHERS]


def test_what_needs_a_forgotten_object_that_netbox_lacks_is_not_planned() -> None:
    """It could not be made: the problem says what to do, and the plan can be applied without it."""
    made = forgetting(World(lab(vm(), container()), policy()), VM)
    plan = made.plan()
    assert not [change.address for change in plan.changes if "lab/qemu/100" in change.address]
    assert {item.code for item in plan.problems} == {ProblemCode.REFERENCE_MISSING, ProblemCode.BLOCKED}
    missing = next(item for item in plan.problems if item.code is ProblemCode.REFERENCE_MISSING)
    assert (missing.address, missing.hint) == (VM, "Create it in NetBox, or forget what needs it, too.")
    PlanGraph.of(plan, KINDS)
    made.apply(plan)


def test_what_is_forgotten_as_a_whole_is_no_problem() -> None:
    """Nothing needs it."""
    made = forgetting(World(lab(vm(), container()), policy()), *WHOLE)
    plan = made.plan()
    assert plan.problems == ()
    assert not [change.address for change in plan.changes if "lab/qemu/100" in change.address]
