"""A key makes an object ours when it is the only one of its kind with it, and what we last applied is with it."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.problem import ProblemCode
from tests.plan.lab import container, lab, nic, now, seen, vm, world
from tests.plan.world import World, policy

VM, NIC, DISK, IP = "virtual-machine", "vm-interface", "virtual-disk", "ip-address"
GUEST, NET0 = "lab/qemu/100", "lab/qemu/100/net0"
CHANGED = vm(
    memory_mib=8192,
    nics=(nic(100, tag=30), nic(100, 1)),
    addresses=seen(100, "10.0.1.7/24"),
    disks=(),
)
AMBIGUOUS, COPIED, UNREADABLE = ProblemCode.AMBIGUOUS_MATCH, ProblemCode.COPIED_KEY, ProblemCode.UNREADABLE
DISOWNED: dict[str, dict[str, Any]] = {
    COPIED: {"last_applied": None},
    UNREADABLE: {"last_applied": None, "unreadable": "fields: it is a text"},
}


def twice(made: World, kind: str, key: str) -> None:
    """Let NetBox have two objects with one key."""
    made.copy(kind, key, name="copy")


def disowned(code: str, kind: str = VM, key: str = GUEST, **options: Any) -> World:
    """Return a world where one of our objects is not proven ours any more."""
    made = world(vm(), vm(101), **options)
    if code == AMBIGUOUS:
        twice(made, kind, key)
    else:
        made.rewrite(kind, key, **DISOWNED[code])
    return made


def codes(plan: Plan) -> set[ProblemCode]:
    """Return the codes of a plan's problems, but those that follow from another."""
    return {problem.code for problem in plan.problems} - {ProblemCode.BLOCKED}


def touched(plan: Plan, key: str = GUEST) -> list[str]:
    """Return the changes of an object and of what belongs to it."""
    return [change.address for change in plan.changes if change.address.key.is_under(key)]


EVERY = pytest.mark.parametrize("code", [AMBIGUOUS, COPIED, UNREADABLE])


@EVERY
def test_it_is_left_alone_with_all_that_belongs_to_it(code: str) -> None:
    """Nothing is updated, created, moved or deleted, whatever Proxmox says; the rest of the plan goes on."""
    plan = now(disowned(code), CHANGED, vm(101, memory_mib=1)).plan()
    assert touched(plan) == []
    assert codes(plan) == {code}
    assert touched(plan, "lab/qemu/101") == ["virtual-machine:lab/qemu/101"]


@EVERY
@pytest.mark.parametrize("policy_", [OnMissing.DECOMMISSION, OnMissing.DELETE])
def test_it_stays_when_its_guest_is_gone(code: str, policy_: OnMissing) -> None:
    """Neither deleted nor decommissioned, and its children stay with it."""
    plan = now(disowned(code, on_missing={VM: policy_}), vm(101)).plan()
    assert plan.changes == ()
    assert codes(plan) == {code}


@EVERY
@pytest.mark.parametrize(("kind", "key"), [(NIC, NET0), (DISK, f"{GUEST}/disk/scsi0"), (IP, f"{NET0}/ip/10.0.1.100")])
def test_a_child_stays_with_what_holds_it(code: str, kind: str, key: str) -> None:
    """NetBox would delete it with its parent, which is kept for it."""
    plan = now(disowned(code, kind, key, on_missing={VM: OnMissing.DELETE}), vm(101)).plan()
    assert touched(plan, key) == []
    assert kind == IP or "virtual-machine:lab/qemu/100" not in touched(plan)
    assert code in codes(plan)


@EVERY
def test_it_moves_to_no_other_cluster(code: str) -> None:
    """A guest that left for another cluster takes no object along that is not proven ours."""
    first = lab(vm()).clusters[0]
    both = policy(ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="big", site="DC1"))
    made = World(lab().model_copy(update={"clusters": (first, _big())}), both)
    made.settle()
    if code == AMBIGUOUS:
        twice(made, VM, GUEST)
    else:
        made.rewrite(VM, GUEST, **DISOWNED[code])
    made.state = lab().model_copy(update={"clusters": (lab(vm(101)).clusters[0], _big(vm()))})
    plan = made.plan()
    assert touched(plan) == []
    assert not any(change.action == "move" for change in plan.changes)


def _big(*guests: Any) -> Any:
    return lab(*guests).clusters[0].model_copy(update={"name": "big", "proxmox_name": "bigcluster", "nodes": ()})


@pytest.mark.parametrize("code", list(DISOWNED))
def test_it_is_not_adopted_while_it_carries_a_key(code: str) -> None:
    """A natural key does not overrule the problem."""
    made = disowned(code)
    made.rewrite(VM, GUEST, key=Key("lab/qemu/900"))
    plan = made.plan()
    assert not any(change.action == "adopt" for change in plan.changes)


def test_both_are_named() -> None:
    """With kind, name and id, so that they can be found."""
    made = world()
    copy = made.copy(VM, GUEST, name="copy of vm-100")
    (problem,) = made.plan().problems[:1]
    own = made.find(VM, GUEST)
    assert problem.address == f"{VM}:{GUEST}"
    assert f"'vm-100' (id {own.id})" in problem.message
    assert f"'copy of vm-100' (id {copy.id})" in problem.message
    assert "virtual-machine" in problem.message


def test_whatever_order_netbox_answers_in() -> None:
    """Neither the first nor the last wins, and it is said that there are two."""
    plans = []
    for first in (True, False):
        made = world()
        made.copy(VM, GUEST, name="copy", fields={**made.find(VM, GUEST).fields, "memory": 5})
        rows = sorted(made.rows[VM].items(), reverse=first)
        made.rows[VM] = dict(rows)
        plans.append(now(made, CHANGED, container()).plan())
    assert [(touched(plan), codes(plan)) for plan in plans] == [([], {AMBIGUOUS})] * 2


def test_the_same_key_in_two_kinds_is_one_of_each() -> None:
    """A key is unique within its kind."""
    made = world()
    disk = made.find(DISK, f"{GUEST}/disk/scsi0")
    made.rows[DISK][disk.id] = disk.replace(key=Key(GUEST))
    assert AMBIGUOUS not in codes(made.plan())


def test_a_cleared_key_makes_it_an_object_like_any_other() -> None:
    """What the hint says helps: it is adopted by its natural key."""
    made = disowned(COPIED)
    made.rewrite(VM, GUEST, key=None)
    assert ("adopt", f"{VM}:{GUEST}") in [(change.action, change.address) for change in made.plan().changes]
    made.settle()


def test_a_claim_of_a_cluster_out_of_scope_is_no_problem_of_this_plan() -> None:
    """It says nothing about objects that it does not plan."""
    made = world()
    made.rewrite(DISK, f"{GUEST}/disk/scsi0", key=Key("other/qemu/1/disk/scsi0"), last_applied=None)
    assert COPIED not in codes(made.plan())


def test_forget_leaves_it_alone() -> None:
    """Nothing is known about what the key on it means."""
    made = disowned(COPIED)
    made.policy = policy(forget=(f"{VM}:{GUEST}",))
    assert touched(made.plan()) == []


def test_it_holds_its_name() -> None:
    """Nothing of ours takes the name of an object of another user."""
    made = world(vm(), vm(101))
    made.rewrite(VM, GUEST, key=Key("lab/qemu/900"), last_applied=None)
    plan = now(made, vm(101, name="vm-100")).plan()
    assert touched(plan, "lab/qemu/101") == []
    assert ProblemCode.NAME_TAKEN in codes(plan)


@EVERY
def test_undo_leaves_it_alone(code: str) -> None:
    """What was ours at the apply and is not proven ours now is not reverted."""
    made = world()
    outcome = now(made, vm(memory_mib=8192), container()).outcome(now(made, vm(memory_mib=8192), container()).plan())
    if code == AMBIGUOUS:
        twice(made, VM, GUEST)
    else:
        made.rewrite(VM, GUEST, **DISOWNED[code])
    plan = made.undo(outcome)
    assert plan.changes == ()
    assert code in codes(plan)


def test_undo_leaves_what_was_released_since() -> None:
    """An object whose key was removed is not ours any more: it is not deleted because we once created it."""
    made = world(vm())
    both = now(made, vm(), vm(101))
    outcome = both.outcome(both.plan())
    both.rewrite(VM, "lab/qemu/101", key=None, last_applied=None)
    plan = both.undo(outcome)
    assert f"{VM}:lab/qemu/101" not in [change.address for change in plan.changes]
    assert ProblemCode.EDITED_SINCE in codes(plan)


def test_nothing_applied_is_not_the_same_as_no_data() -> None:
    """An object of which NetBox kept every field has an empty record, and is ours."""
    made = world()
    made.rewrite(VM, GUEST, last_applied=LastApplied())
    assert codes(made.plan()) == set()
