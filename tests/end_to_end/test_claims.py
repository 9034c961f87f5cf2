"""Objects and fields that only look like ours, on a NetBox that filters and validates by itself."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.problem import ProblemCode
from tests.cases import sample
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

MACHINES, FIELDS = "virtualization/virtual-machines", "extras/custom-fields"
ON = ["virtualization.virtualmachine", "dcim.device"]
KEY: dict[str, Any] = {"name": "proxbox_key", "object_types": ON}


def settled(set_up: SetUp) -> Stage:
    """Return a stage whose NetBox agrees with a small cluster."""
    stage = set_up(ClusterDescription.seeded(5, guests=4, nodes=1, name="lab"))
    stage.settle()
    return stage


def machine(stage: Stage) -> dict[str, Any]:
    """Return the virtual machine of the lowest id, with its key."""
    return min(stage.netbox(MACHINES), key=lambda row: row["id"])


def change(stage: Stage, number: int, **fields: Any) -> None:
    """Let another program change a virtual machine."""
    stage.ask("PATCH", f"{MACHINES}/{number}/", fields)


def under(plan: Plan, key: str) -> list[str]:
    """Return the changes of an object and of what belongs to it."""
    return [change.address for change in plan.changes if change.address.key.is_under(key)]


@pytest.mark.covering
@pytest.mark.parametrize(
    ("applied", "code"),
    sample(
        (
            (None, ProblemCode.COPIED_KEY),
            ({"fields": [1]}, ProblemCode.UNREADABLE),
            ({}, ProblemCode.COPIED_KEY),
            ("abc", ProblemCode.UNREADABLE),
            ([1], ProblemCode.UNREADABLE),
            ({"fields": "abc"}, ProblemCode.UNREADABLE),
            ({"tags": 5}, ProblemCode.UNREADABLE),
            ({"tags": [{"a": 1}]}, ProblemCode.UNREADABLE),
            ({"fields": {}, "of a newer version": 1}, ProblemCode.UNREADABLE),
        ),
        quick=2,
    ),
)
def test_last_applied_data_that_is_not_ours(set_up: SetUp, applied: object, code: ProblemCode) -> None:
    """That object is left alone and named; everything else is planned."""
    stage = settled(set_up)
    found = machine(stage)
    key = found["custom_fields"]["proxbox_key"]
    change(stage, found["id"], memory=7, custom_fields={"proxbox_applied": applied})
    other = next(row for row in stage.netbox(MACHINES) if row["id"] != found["id"])
    change(stage, other["id"], memory=7)
    plan = stage.plan()
    assert under(plan, key) == []
    assert code in {problem.code for problem in plan.problems}
    assert [change.target_id for change in plan.changes] == [other["id"]]
    assert stage.run("drift", "--state", "state.json").code == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    sample(
        (
            (KEY | {"type": "integer"}, "type is integer, not text"),
            (KEY | {"type": "text", "unique": False, "filter_logic": "exact"}, "unique is False, not True"),
            (KEY | {"type": "text", "unique": True, "filter_logic": "loose"}, "filter_logic is loose, not exact"),
            ({"name": "proxbox_applied", "object_types": ON, "type": "text"}, "type is text, not json"),
        )
    ),
)
def test_a_field_of_another_tool(set_up: SetUp, fields: dict[str, Any], sentence: str) -> None:
    """Plan refuses in the words of doctor, and the field stays as it is."""
    stage = set_up(ClusterDescription.seeded(5, guests=4, nodes=1, name="lab"))
    stage.ask("POST", f"{FIELDS}/", fields)
    before = stage.netbox(FIELDS)
    said = stage.run("plan")
    wanted = f"{fields['name']} is not the field of proxbox-plan: {sentence}"
    assert said.code == 3, said
    assert wanted in said.err
    assert wanted in stage.run("doctor").out
    assert not (stage.folder / "plan.json").exists()
    assert stage.netbox(FIELDS) == before
