"""Objects without `last_updated`, as old databases and imports have them: compared by value, not refused for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from proxbox_plan.core.errors import StaleError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change, Plan
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS
from tests.apply.conftest import prepared
from tests.apply.lab import Lab
from tests.apply.results import not_done, writes


@pytest.fixture(scope="module")
def shared_untimed(two_states: tuple[State, State], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a laboratory with a plan of everyday changes for objects without a time of their last change."""
    with FakeNetBoxThread() as netbox:
        made = prepared(netbox, two_states, tmp_path_factory.mktemp("untimed"))
        yield replace(made, plan=untimed(made.plan))


@pytest.fixture(params=["created", "nothing"])
def lab(shared_untimed: Lab, request: pytest.FixtureRequest) -> Lab:
    """Give it as it was before the plan; NetBox makes an ETag of an object's creation, or none at all."""
    shared_untimed.reset()
    for change in shared_untimed.plan.changes:
        if change.target_id is not None:
            label = KINDS[change.kind].object_type
            shared_untimed.netbox.fake.store.change(label, change.target_id, last_updated=None)
            if request.param == "nothing":
                shared_untimed.netbox.fake.store.change(label, change.target_id, created=None)
    return shared_untimed


def untimed(plan: Plan) -> Plan:
    """Return a plan that knows no time of any object, as the inventory would not."""
    return plan.remade(changes=tuple(_untimed(change) for change in plan.changes))


def _untimed(change: Change) -> Change:
    return change if change.target_id is None else change.replace(last_updated=None)


@pytest.mark.covering
def test_they_are_written(lab: Lab, tmp_path: Path) -> None:
    """Every action, with the same end as for objects that have one; the outcome says how they were compared."""
    outcome = lab.apply(tmp_path)
    assert not_done(outcome) == {}
    assert lab.content() == lab.after
    existing = {change.address for change in lab.plan.changes if change.target_id is not None}
    said = {result.address for result in outcome.results if "compared by value" in result.message}
    assert said
    assert said <= existing
    assert {change.action for change in lab.plan.changes if change.address in said} >= {"update", "delete"}


def test_what_was_edited_is_refused(lab: Lab, tmp_path: Path) -> None:
    """An edit gives the object a time, which the plan does not know."""
    change = next(item for item in lab.plan.changes if item.action == "update" and item.target_id is not None)
    lab.netbox.fake.handle("PATCH", f"{KINDS[change.kind].path}{change.target_id}/", {"description": "a person"})
    with pytest.raises(StaleError, match=change.name):
        lab.apply(tmp_path)
    assert writes(lab) == []


def test_what_was_edited_without_a_trace(lab: Lab, tmp_path: Path) -> None:
    """In the database itself: the value is not the one of the plan, and stays."""
    change = next(item for item in lab.plan.changes if item.kind == "virtual-machine" and _changes_memory(item))

    def edit(record: RequestRecord) -> Fault | None:
        if record.method != "POST" or "tags" in record.path:  # after the look, which would refuse the plan
            return None
        label = KINDS[change.kind].object_type
        lab.netbox.fake.store.change(label, change.target_id or 0, memory=12345)
        return None

    lab.netbox.fake.faults = edit
    outcome = lab.apply(tmp_path)
    lab.netbox.fake.faults = None
    assert not_done(outcome)[change.address].result is Result.STALE
    assert lab.netbox.fake.rows("virtualization.virtualmachine")[change.target_id or 0]["memory"] == 12345


def _changes_memory(change: Change) -> bool:
    return change.action == "update" and any(field.field == "memory" for field in change.fields)
