"""Choices that NetBox does not have: the object comes without the value, and the problem names the rule."""

from __future__ import annotations

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy.rules import Rule, Targets
from proxbox_plan.model.problem import Problem
from proxbox_plan.plan import make_plan
from proxbox_plan.plan.desired.desire import desire
from proxbox_plan.plan.lookups import lookups_of
from proxbox_plan.plan.match.match import match
from tests.plan.lab import lab, vm
from tests.plan.world import World, policy

MACHINE = "virtual-machine"
GIVEN = Lookup(MACHINE, "status", "retired")


def ruled(status: str = "retired", guests: int = 1) -> World:
    """Return a world with a rule that gives guests a status."""
    rule = Rule(set=Targets(status=status))
    return World(lab(*(vm(vmid=100 + number, name=f"web-{number}") for number in range(guests))), policy(rules=(rule,)))


def planned(made: World) -> Plan:
    """Return the plan for a NetBox that refuses to filter by the status."""
    inventory = made.inventory.replace(no_choices={MACHINE: {"status": ("retired",)}})
    return make_plan(made.state, inventory, made.policy, "sha256:config")


def problems(plan: Plan) -> list[Problem]:
    """Return the problems about choices."""
    return [problem for problem in plan.problems if "choices" in problem.message]


def asked(made: World) -> set[Lookup]:
    """Return what is asked about choices."""
    found = lookups_of(match(desire(made.state, made.inventory, made.policy)))
    return {lookup for lookup in found if lookup.filter in ("status", "role")}


@pytest.mark.parametrize(("guests", "said"), [(1, "'web-0' would be 'retired'"), (3, "'web-0' and 2 more would be")])
def test_it_costs_the_value_alone(guests: int, said: str) -> None:
    """Every guest is made, with NetBox's own status; there is one problem for all of them."""
    plan = planned(made := ruled(guests=guests))
    (problem,) = problems(plan)
    assert said in problem.message
    assert "FIELD_CHOICES" in problem.hint
    machines = [change for change in plan.changes if change.kind == MACHINE]
    assert len([change for change in machines if change.action is Action.CREATE]) == guests
    assert not [item for change in machines for item in change.fields if item.field == "status"]
    made.apply(plan)
    assert {change.kind for change in planned(made).changes} == set()


def test_what_netbox_has_stays() -> None:
    """A guest that is there keeps its status."""
    made = ruled("active")
    made.settle()
    made.policy = ruled().policy
    plan = planned(made)
    assert (plan.changes, len(problems(plan))) == ((), 1)


def test_one_that_has_it_is_left_alone() -> None:
    """An administrator took the choice away: NetBox keeps what has it."""
    made = ruled()
    made.settle()
    plan = planned(made)
    assert (plan.changes, problems(plan)) == ((), [])


def test_what_an_object_has_is_not_asked_for() -> None:
    """Neither for that one nor for another one: an unchanged plan asks nothing."""
    made = ruled()
    assert GIVEN in asked(made)
    made.settle()
    assert asked(made) == set()
    made.state = ruled(guests=2).state
    assert asked(made) == set()
