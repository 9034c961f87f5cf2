"""What people tagged since the apply is not reverted: no apply would do that, and the rest is taken back."""

from __future__ import annotations

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Guest
from proxbox_plan.plan import make_undo, undo_lookups
from tests.plan.lab import lab, vm
from tests.plan.test_found_again import MACHINE, NetBox, agreed
from tests.plan.test_found_by_attack import other
from tests.plan.world import summary

TAGS = pytest.mark.parametrize("tag", ["proxbox-protect", "proxbox-ignore"])
GUEST = "lab/qemu/100"


def applied(made: NetBox, *guests: Guest) -> Outcome:
    """Let the cluster have these guests, and apply that."""
    made.state = lab(*guests)
    return made.outcome(made.plan())


def undone(made: NetBox, outcome: Outcome) -> Plan:
    """Return the undo of an outcome, which NetBox takes."""
    plan = make_undo(outcome, made.inventory, "sha256:config")
    made.apply(plan)
    return plan


def told(plan: Plan) -> set[str]:
    """Return what a plan says was edited since."""
    return {problem.address for problem in plan.problems if problem.code is ProblemCode.EDITED_SINCE}


@TAGS
def test_a_new_machine_that_was_tagged(tag: str) -> None:
    """It stays with all its parts, and the problems name each; the other new guest goes."""
    made = agreed(vm(120))
    outcome = applied(made, vm(100), vm(101), vm(120))
    made.tag(MACHINE, GUEST, "proxbox", tag)
    plan = undone(made, outcome)
    parts = {change.address for change in outcome.changes if change.address.key.is_under(GUEST)}
    assert {f"{MACHINE}:{GUEST}", f"virtual-disk:{GUEST}/disk/scsi0"} <= told(plan) <= parts
    assert not parts & {change.address for change in plan.changes if change.action == "delete"}
    assert made.keys(MACHINE) == {GUEST, "lab/qemu/120"}
    assert not plan.complete


@TAGS
def test_a_changed_machine_that_was_tagged(tag: str) -> None:
    """Ignored, nothing is written to it; protected, it only is not deleted."""
    made = agreed(vm(100))
    outcome = applied(made, vm(100, memory_mib=4096))
    made.tag(MACHINE, GUEST, "proxbox", tag)
    plan = undone(made, outcome)
    assert told(plan) == ({f"{MACHINE}:{GUEST}"} if tag == "proxbox-ignore" else set())
    assert made.find(MACHINE, GUEST).fields["memory"] == (4096 if tag == "proxbox-ignore" else 2048)


def test_a_new_nic_that_was_tagged() -> None:
    """What it is on is not deleted either: NetBox would delete it, too."""
    made = agreed(vm(120))
    outcome = applied(made, vm(100), vm(120))
    made.tag("vm-interface", f"{GUEST}/net0", "proxbox", "proxbox-protect")
    plan = undone(made, outcome)
    assert {(problem.code, problem.address) for problem in plan.problems} == {
        (ProblemCode.EDITED_SINCE, f"vm-interface:{GUEST}/net0"),
        (ProblemCode.HOLDS_OTHERS, f"{MACHINE}:{GUEST}"),
    }


def test_a_machine_that_replaced_another_and_was_tagged() -> None:
    """The one before keeps the key that it has, as its former one is that of the tagged one; a problem says so."""
    made = agreed(vm(100))
    outcome = applied(made, other())
    made.tag(MACHINE, GUEST, "proxbox", "proxbox-protect")
    plan = undone(made, outcome)
    assert plan.changes == ()
    assert {problem.code for problem in plan.problems} == {ProblemCode.EDITED_SINCE, ProblemCode.BLOCKED}
    blocked = {problem.address for problem in plan.problems if problem.code is ProblemCode.BLOCKED}
    assert f"{MACHINE}:{GUEST}#replaced" in blocked


def test_the_machines_of_new_parts_are_asked_for() -> None:
    """A new disk may be that of a guest that was tagged since."""
    made = agreed(vm(100, disks=()))
    outcome = applied(made, vm(100))
    nothing = made.inventory.replace(kinds={}, asked={})
    assert Lookup(MACHINE, "cf_proxbox_key", GUEST) in undo_lookups(outcome, nothing)
    made.tag(MACHINE, GUEST, "proxbox", "proxbox-protect")
    assert [address for action, address, _ in summary(undone(made, outcome)) if action == "delete"] == []
