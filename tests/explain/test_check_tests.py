"""Check tests: a change in, the checks out that match it; a test that could not fail is an error."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.explain.check_tests import try_out
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import Check
from proxbox_plan.model.policy.check_test import REASONS, CheckTest
from tests.plan.world import policy

POLICY = policy(
    checks=(
        Check(name="no shrinking", when="change.fields.memory.after < change.fields.memory.before"),
        Check(name="gone", when='change.reason == "gone-from-proxmox" and change.cluster == "lab"'),
        Check(name="cannot be computed", when="change.name < 5"),
    )
)
SHRUNK = {"action": "update", "kind": "virtual-machine", "fields": {"memory": {"before": 2, "after": 1}}}
GONE = {"action": "delete", "kind": "virtual-disk", "cluster": "lab"}


def tried(change: dict[str, Any], **expectations: Any) -> list[str]:
    """Return the failures of a test, each with its place in it."""
    test = CheckTest.model_validate({"name": "a test", "change": change, **expectations})
    return [f"{'.'.join(map(str, item.location))}: {item.message}" for item in try_out(test, POLICY)]


def test_what_must_match_and_what_must_not() -> None:
    """Both, also of the reason that an action usually has."""
    assert tried(SHRUNK, expect=["no shrinking"], absent=["gone"]) == []
    assert tried(GONE, expect=["gone"], absent=["no shrinking"]) == []
    assert set(REASONS) == set(Action)


def test_what_does_not_hold_is_told_with_its_place() -> None:
    """Each by itself."""
    assert tried(SHRUNK, expect=["gone"], absent=["no shrinking"]) == [
        "expect.0: the check 'gone' does not match",
        "absent.0: the check 'no shrinking' matches",
    ]


def test_a_check_that_cannot_be_computed_fails_the_test() -> None:
    """A plan counts it as matched; a test says why, whatever it expects."""
    (failure,) = tried(SHRUNK, expect=["cannot be computed"])
    assert failure.startswith("expect.0: the check 'cannot be computed' cannot be computed: '<' not supported")


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"kind": "virtual-machines"}, "change.kind: no change is of a kind 'virtual-machines'; did you mean"),
        ({"cluster": "labb"}, "change.cluster: there is no cluster 'labb'; did you mean 'lab'?"),
        (
            {"fields": {"memroy": {}}},
            "change.fields.memroy: virtual-machine has no field 'memroy'; did you mean",
        ),
    ],
)
def test_a_change_that_no_plan_has(change: dict[str, Any], failure: str) -> None:
    """It would show nothing."""
    (found,) = tried(SHRUNK | change, absent=["gone"])
    assert found.startswith(failure)


def test_a_check_that_does_not_exist() -> None:
    """That it does not match would always hold."""
    assert tried(SHRUNK, absent=["no shrnking"]) == [
        "absent.0: there is no check 'no shrnking'; did you mean 'no shrinking'?"
    ]
