from __future__ import annotations

import pytest

from proxbox_plan.apply.batches.states import Attempt, Ready, Unverified, halves, unsent
from proxbox_plan.model.plan import Action, Change
from tests.builders import change


def updates(count: int) -> tuple[Change, ...]:
    """Return updates of as many virtual machines."""
    return tuple(
        change(f"virtual-machine:lab/qemu/{number}", action=Action.UPDATE, netbox_id=number)
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize(
    ("method", "has_if_match", "state"),
    [("POST", True, Ready), ("POST", False, Ready), ("PATCH", True, Ready), ("DELETE", False, Unverified)],
)
def test_what_netbox_does_not_compare_is_verified_first(method: str, has_if_match: bool, state: type) -> None:  # noqa: FBT001
    """A creation has nothing to compare."""
    assert unsent(Attempt(method, updates(1)), has_if_match=has_if_match) == state(Attempt(method, updates(1)))


@pytest.mark.parametrize("count", [2, 3, 25])
def test_halves_are_all_of_it_in_order(count: int) -> None:
    """Each smaller than the whole, so that bisecting comes to an end; the tries are those of the whole."""
    attempt = Attempt("PATCH", updates(count), tries=2)
    parts = [state.attempt for state in halves(attempt, has_if_match=True)]
    assert parts[0].changes + parts[1].changes == attempt.changes
    assert all(0 < len(part.changes) < count for part in parts)
    assert {part.tries for part in parts} == {2}


def test_an_attempt_with_some_of_its_changes() -> None:
    """It keeps its method, and its tries are bounded with those before."""
    attempt = Attempt("PATCH", updates(3), tries=1)
    rest = attempt.of(attempt.changes[1:], more_tries=1)
    assert (rest.method, rest.changes, rest.tries) == ("PATCH", attempt.changes[1:], 2)
    assert rest.group == ("virtual-machine", "PATCH")
