"""What all clusters share (tags, roles, custom fields) may have been made by the plan of another one meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS
from tests.apply.lab import Lab, planned
from tests.apply.results import not_done

SHARED = ("tag", "custom-field", "device-role", "manufacturer", "cluster-type", "site")


@pytest.fixture
def first(two_states: tuple[State, State]) -> Iterator[Lab]:
    """Give a NetBox without any of it and a first plan for it."""
    with FakeNetBoxThread() as netbox:
        netbox.fake.handle("POST", "/api/dcim/sites/", {"name": "Somewhere", "slug": "somewhere"})
        yield Lab(netbox, planned(netbox, two_states[0]), netbox.fake.snapshot(), {})


def created(lab: Lab, kind: str) -> Change:
    """Return a creation of a shared object from the plan."""
    return next(c for c in lab.plan.changes if c.kind == kind and c.action is Action.CREATE and c.key is None)


def make(lab: Lab, change: Change, **other: Any) -> None:
    """Let another user create it in NetBox."""
    body = {field.field: field.after for field in change.fields} | other
    answer = lab.netbox.fake.handle("POST", KINDS[change.kind].path, body)
    assert answer.status == 201, answer.body


def words(outcome: Outcome, change: Change) -> str:
    """Return what the outcome says of a change."""
    return next(result.message for result in outcome.results if result.address == change.address)


def test_shared_objects_that_are_there_as_planned_are_taken(
    first: Lab, two_states: tuple[State, State], tmp_path: Path
) -> None:
    """Plans for two clusters, made at the same time, can both be applied."""
    changes = [created(first, kind) for kind in SHARED]
    for change in changes:
        make(first, change)
    outcome = first.apply(tmp_path)
    assert outcome.complete
    assert {words(outcome, change) for change in changes} == {"was there already, as planned: another plan made it"}
    assert not planned(first.netbox, two_states[0]).changes


def test_one_that_differs_is_not_ours_to_take(first: Lab, tmp_path: Path) -> None:
    """Another user made it otherwise: reported in NetBox's words, to be planned again."""
    change = created(first, "device-role")
    make(first, change, color="123456")
    assert not_done(first.apply(tmp_path))[change.address].result is Result.FAILED
