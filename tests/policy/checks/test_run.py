"""Checks: rules of the configuration about plans, in a sandbox that can neither look around nor take forever."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import ConfigError, RefusedError
from proxbox_plan.model.policy import Check, CheckSeverity
from proxbox_plan.policy.checks import run_checks
from proxbox_plan.policy.checks.expression import compiled
from proxbox_plan.policy.permission import check_permission
from tests.plan.lab import now, vm, world
from tests.plan.world import World, policy
from tests.work import calls_of

MOST_CALLS = 20_000  # what is cut short makes millions otherwise, or never ends


def shrunk(*checks: Check) -> World:
    """Return a world where a virtual machine lost memory and a container is gone, under these checks."""
    made = now(world(), vm(memory_mib=1024))
    made.policy = policy(checks=checks, on_missing={"virtual-machine": "delete"})
    return made


def test_a_denied_plan_is_shown_but_not_applicable() -> None:
    """The hit names the changes; apply refuses with the check's own words."""
    plan = shrunk(
        Check(
            name="no shrinking",
            when="change.fields.memory.after < change.fields.memory.before",
            message="ask the owner",
        )
    ).plan()
    assert [hit.addresses for hit in plan.checks] == [("virtual-machine:lab/qemu/100",)]
    assert not plan.applicable
    with pytest.raises(RefusedError, match=r"no shrinking.*ask the owner"):
        check_permission(plan)


def test_a_label_gives_permission() -> None:
    """`require` requires a label, and accepts it."""
    plan = shrunk(
        Check(name="deletes", when='change.action == "delete"', severity=CheckSeverity.REQUIRE, label="deletes-ok")
    ).plan()
    assert plan.applicable
    with pytest.raises(RefusedError) as refused:
        check_permission(plan)
    assert "--label deletes-ok" in refused.value.hint
    check_permission(plan, ["deletes-ok"])


def test_a_check_that_nothing_meets_says_nothing() -> None:
    """No hit, no word."""
    plan = shrunk(Check(name="devices", when='change.kind == "device"')).plan()
    assert plan.checks == ()
    check_permission(plan)


@pytest.mark.parametrize(
    "expression",
    [
        "'x' * 10**9",
        "10**10**10",
        "change.__class__.__mro__[1].__subclasses__()",
        "''.join(['a'])",
        "'%1000000000d' % 1",
        "change.name.format(1)",
        "range(10**9)",
        "cycler",
        "lipsum()",
        "change.clear()",
        "'{0.__class__}'.format(1)",
    ],
)
def test_an_expression_can_do_no_harm(expression: str) -> None:
    """It fails at once, and a check that fails counts as met."""
    changes = shrunk().plan().changes
    checks = [Check(name="evil", when=f"({expression}) or true")]
    assert calls_of(lambda: run_checks(changes[:1], checks)) < MOST_CALLS
    assert len(run_checks(changes[:1], checks)) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "change.",
        "change.name|list|join(change.name)",
        "change.name|replace('v', change.name)",
        "{% for x in y %}",
        "change.name ==",
        "x" * 2000,
        "(" * 500,
    ],
)
def test_what_is_no_expression_is_a_clear_error(expression: str) -> None:
    """The configuration is refused before anything is planned."""
    with pytest.raises(ConfigError):
        compiled(expression)
