"""Limits: a plan that changes too much of what we manage is shown, but not applicable."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.policy import Limits
from proxbox_plan.policy.permission import check_permission
from tests.plan.lab import now, vm, world
from tests.plan.world import World, policy


def after_changing(count: int, total: int = 20, **limits: int | bool) -> World:
    """Return a world where `count` of `total` virtual machines got more memory."""
    made = world(*(vm(100 + number) for number in range(total)))
    made.policy = policy(limits=Limits(**limits))  # type: ignore[arg-type]  # ints and a bool, as the fields want
    return now(made, *(vm(100 + number, memory_mib=4096 if number < count else 2048) for number in range(total)))


def test_up_to_the_limit_is_applicable() -> None:
    """30 % of 20 is 6."""
    assert after_changing(6).plan().applicable


def test_over_the_limit_the_message_shows_the_arithmetic() -> None:
    """7 of 20 is 35 %."""
    plan = after_changing(7).plan()
    assert not plan.applicable
    assert plan.limits[0].message == (
        "7 of 20 managed virtual-machine objects would be updated or deleted: 35 %, over the limit of 30 % (6)"
    )


def test_few_objects_are_not_limited() -> None:
    """Below ten managed objects a percentage says nothing."""
    assert after_changing(9, total=9).plan().applicable


def test_the_limit_can_be_lifted_for_one_run() -> None:
    """--force-limit."""
    assert after_changing(20, force=True).plan().applicable


def test_first_creations_are_not_limited() -> None:
    """Creating is never over a limit: nothing that exists is changed."""
    assert World(after_changing(0).state, policy()).plan().applicable


def test_a_number_of_objects_can_be_the_limit() -> None:
    """Whichever is smaller counts, and the message names that one."""
    plan = after_changing(4, most=3).plan()
    assert not plan.applicable
    assert plan.limits[0].message == (
        "4 of 20 managed virtual-machine objects would be updated or deleted: over the limit of 3 objects"
    )
    assert after_changing(3, most=3).plan().applicable


def test_a_plan_over_a_limit_gets_no_permission() -> None:
    """Apply says which limit, and how it can be meant."""
    with pytest.raises(RefusedError, match="exceeds a change limit: 7 of 20") as refused:
        check_permission(after_changing(7).plan())
    assert "--force-limit" in refused.value.hint
