"""Guests under other vmids than NetBox has them: each keeps its machine, and what is not known takes nothing away."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.policy import ClusterPolicy, Condition, Scope
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import ClusterCoverage, Guest, Incomplete
from proxbox_plan.plan import desire, lookups_of, match
from tests.plan.lab import container, incomplete, lab, unread, vm
from tests.plan.test_found_again import MACHINE, NetBox, agreed, guest
from tests.plan.world import policy, summary


def waiting(made: NetBox, address: str) -> Incomplete:
    """Return why an object is deferred; nothing of its guest is planned."""
    plan = made.plan()
    assert [change.address for change in plan.changes if change.address.key.is_under(address.partition(":")[2])] == []
    found = [item for item in plan.deferred if item.address == address]
    assert len(found) == 1
    return found[0].reason


def test_a_guest_waits_while_its_vmid_may_be_that_of_one_that_was_not_read() -> None:
    """And gets its machine as soon as that one was read."""
    made = agreed(guest("a", 100))
    made.state = lab(guest("b", 100), unread(vm(107)))
    assert waiting(made, f"{MACHINE}:lab/qemu/100") is Incomplete.UNKNOWN_STATUS
    made.again(guest("b", 100), vm(107))
    assert made.find(MACHINE, "lab/qemu/100").name == "b"


@pytest.mark.parametrize(
    "others",
    [(unread(container(107)),), (guest("a", 108), unread(vm(107)))],
    ids=["another type", "the guest was read elsewhere"],
)
def test_a_guest_does_not_wait_for_one_that_cannot_be_the_former(others: tuple[Guest, ...]) -> None:
    """A virtual machine becomes no container, and one that was read is not another one that was not."""
    made = agreed(guest("a", 100)).again(guest("b", 100), *others)
    assert made.find(MACHINE, "lab/qemu/100").name == "b"


def test_a_guest_out_of_scope_keeps_the_machine_of_its_former_vmid() -> None:
    """The problem of the one that has the vmid now says what to do."""
    made = agreed(guest("a", 100))
    made.state = lab(guest("b", 100), guest("a", 107, tags=("proxbox-ignore",)))
    plan = made.plan()
    assert plan.changes == ()
    problem = next(item for item in plan.problems if item.address == f"{MACHINE}:lab/qemu/100")
    assert (problem.code, "out of scope" in problem.message) == (ProblemCode.BLOCKED, True)


@pytest.mark.parametrize(
    ("before", "coverage"),
    [((unread(vm(100)),), {}), ((), {"coverage": ClusterCoverage(guests=incomplete())})],
    ids=["not read", "the list is cut"],
)
def test_a_guest_waits_while_it_is_not_known_who_has_its_former_vmid(
    before: tuple[Guest, ...], coverage: dict[str, Any]
) -> None:
    """It would be made a second time otherwise."""
    made = agreed(guest("a", 100))
    made.state = lab(*before, guest("a", 107), **coverage)
    waiting(made, f"{MACHINE}:lab/qemu/107")


def test_a_guest_that_may_be_out_of_scope_has_its_vmid() -> None:
    """Whether it is depends on a pool that was not read: nothing says then that its vmid is another guest's."""
    made = agreed(guest("a", 100))
    b = guest("b", 100)
    hidden = b.coverage.model_copy(update={"pool": incomplete()})
    scope = Scope(exclude=(Condition(pool="lab"),))
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", scope=scope))
    made.state = lab(b.model_copy(update={"coverage": hidden}), guest("a", 107))
    waiting(made, f"{MACHINE}:lab/qemu/107")


def test_a_machine_without_our_key_is_asked_for() -> None:
    """What hangs off it is to be deleted, and a tag on it would keep that; NetBox is asked by its id."""
    made = agreed(guest("a", 100), guest("z", 120))
    row = made.rewrite(MACHINE, "lab/qemu/100", key=None, last_applied=None)
    made.state = lab(guest("z", 120))
    found = made.inventory
    machines = tuple(item for item in found.kinds[MACHINE] if item.id != row.id)
    partly = found.replace(kinds={**found.kinds, MACHINE: machines})
    lookups = lookups_of(match(desire(made.state, partly, made.policy)))
    assert Lookup(MACHINE, "id", str(row.id)) in lookups
    assert ("delete", "virtual-disk:lab/qemu/100/disk/scsi0", "parent-gone-from-proxmox") in summary(made.plan())
