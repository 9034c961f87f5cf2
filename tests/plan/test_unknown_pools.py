"""Without Pool.Audit the rows of guests come without their pool: unknown, not none, and it decides nothing."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy, Condition, Policy, Rule, Scope, Targets
from proxbox_plan.model.state import Guest, GuestCoverage, Incomplete
from tests.plan import lab
from tests.plan.lab import container, incomplete, now, vm
from tests.plan.world import World, policy

UNREAD = GuestCoverage(pool=incomplete(Incomplete.FORBIDDEN))
VM = "virtual-machine:lab/qemu/100"
RULES = (
    Rule(when=Condition(pool="prod"), set=Targets(role="Production", tags="in-production")),
    Rule(set=Targets(role="Other", description="pool {{ guest.pool }}", dns_name="{{ guest.pool }}.example.org")),
)


def without(guest: Guest) -> Guest:
    """Return the guest as a token that may not view its pool sees it."""
    return guest.model_copy(update={"pool": None, "coverage": UNREAD})


def settled(*guests: Guest, **options: Any) -> World:
    """Return a world whose NetBox agrees."""
    return lab.world(*guests, **options)


def deferred(plan: Plan) -> dict[str, tuple[Action, Incomplete, tuple[str, ...]]]:
    """Return what waits, and why."""
    return {item.address: (item.action, item.reason, item.fields) for item in plan.deferred}


def scoped(scope: Scope) -> Policy:
    """Return a policy with a filter."""
    return policy(ClusterPolicy(name="lab", site="DC1", scope=scope))


def test_what_rules_made_of_a_pool_stays() -> None:
    """Role, tags and description are neither emptied nor given by the rules that come after."""
    guest = vm(pool="prod")
    plan = now(settled(guest, rules=RULES), without(guest)).plan()
    assert plan.changes == ()
    assert deferred(plan) == {VM: (Action.UPDATE, Incomplete.FORBIDDEN, ("description", "role", "tags"))}
    assert not plan.complete


def test_tags_of_pools_stay() -> None:
    """A guest without a pool in its row may be in one; without pool tags its other tags are synced."""
    guest = vm(pool="prod", tags=("web",))
    changed = without(guest.model_copy(update={"tags": ("db",)}))
    plan = now(settled(guest, pool_tags=True), changed).plan()
    assert plan.changes == ()
    assert deferred(plan) == {VM: (Action.UPDATE, Incomplete.FORBIDDEN, ("tags",))}
    plan = now(settled(guest), changed).plan()
    assert [change.address for change in plan.changes if change.address == VM] == [VM]
    assert plan.deferred == ()


def test_a_new_guest_waits_for_its_pool() -> None:
    """It would be created with a role that may be wrong; the plan says for what it waits."""
    world = settled(container(), rules=RULES)
    plan = now(world, without(vm(pool="prod")), container()).plan()
    assert [change.address for change in plan.changes if "qemu/100" in change.address] == []
    assert deferred(plan)[VM][:2] == (Action.CREATE, Incomplete.FORBIDDEN)
    assert "deferred" in next(problem.hint for problem in plan.problems if problem.address == VM)


def test_a_template_that_failed_is_a_problem_of_its_own() -> None:
    """It does not wait for the pool."""
    rules = (Rule(set=Targets(description="{{ 1 // 0 }}", comments="{{ guest.pool }}", vm_type="{{ guest.pool }}")),)
    guest = vm(pool="prod")
    plan = now(settled(guest, rules=rules), without(guest)).plan()
    assert deferred(plan)[VM][2] == ("comments", "virtual_machine_type")
    assert [problem.message for problem in plan.problems if "set description" in problem.message] != []


@pytest.mark.parametrize("scope", [Scope(exclude=(Condition(pool="lab"),)), Scope(include=(Condition(pool="prod"),))])
def test_a_guest_whose_scope_is_unknown_is_left_alone(scope: Scope) -> None:
    """Neither planned nor pruned, with all that hangs off it; the reason is among what is deferred."""
    guest = vm(pool="prod")
    world = settled(guest, container(pool="prod"))
    world.policy = scoped(scope)
    world.settle()
    renamed = without(guest.model_copy(update={"name": "renamed", "nics": ()}))
    plan = now(world, renamed, container(pool="prod", name="other")).plan()
    assert [change.address for change in plan.changes] == ["virtual-machine:lab/lxc/200"]
    waits = deferred(plan)
    assert waits[VM] == (Action.UPDATE, Incomplete.FORBIDDEN, ())
    assert waits["vm-interface:lab/qemu/100/net0"] == (Action.DELETE, Incomplete.FORBIDDEN, ())


def test_what_is_excluded_by_its_pool_is_not_created() -> None:
    """When the pool becomes unknown, the filter does not stop to exclude."""
    excluded = vm(pool="lab")
    world = World(lab.lab(excluded, container()), scoped(Scope(exclude=(Condition(pool="lab"),))))
    world.settle()
    plan = now(world, without(excluded), container()).plan()
    assert plan.changes == ()
    assert deferred(plan) == {VM: (Action.CREATE, Incomplete.FORBIDDEN, ())}


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        (Scope(exclude=(Condition(pool="lab", name="db*"),)), True),
        (Scope(include=(Condition(any=(Condition(pool="prod"), Condition(name="web*"))),)), True),
        (Scope(include=(Condition(unless=Condition(pool="lab", vmid=("1-9",))),)), True),
        (Scope(include=(Condition(unless=Condition(pool="lab")),)), False),
        (Scope(exclude=(Condition(name="web*"), Condition(pool="lab"))), False),
    ],
)
def test_a_filter_is_undecided_only_where_the_pool_decides(scope: Scope, changes: bool) -> None:  # noqa: FBT001 # a column of the table
    """What its other conditions decide is decided."""
    guest = vm(pool="prod", name="web1")
    world = World(lab.lab(guest), scoped(scope))
    world.policy = policy()
    world.settle()
    world.policy = scoped(scope)
    plan = now(world, without(guest).model_copy(update={"memory_mib": 4096})).plan()
    assert bool(plan.changes) is changes


def test_a_filter_on_what_was_not_read() -> None:
    """A guest is not included by an operating system that is unknown, nor by the name of a bare row."""
    guest = vm(ostype="win11")
    for scope, unread, reason in (
        (Scope(exclude=(Condition(os="win*"),)), GuestCoverage(config=incomplete()), Incomplete.TIMEOUT),
        (Scope(exclude=(Condition(name="vm-*"),)), GuestCoverage(row=incomplete()), Incomplete.TIMEOUT),
    ):
        world = World(lab.lab(guest, container()), scoped(scope))
        world.settle()
        plan = now(world, guest.model_copy(update={"ostype": None, "coverage": unread}), container()).plan()
        assert plan.changes == ()
        assert deferred(plan) == {VM: (Action.CREATE, reason, ())}
