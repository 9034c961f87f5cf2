"""A status that NetBox does not have: known at plan time, and nothing but the value is missing."""

from __future__ import annotations

import pytest

from proxbox_plan.model.problem import ProblemCode
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.test_everyday_changes import one_guest

RULES = """
mapping: {create_sites: true}
rules: [{when: {name: app}, set: {status: retired}}]
node_rules: [{set: {status: mothballed}}]
address_rules: [{when: {guest: app}, set: {status: parked}}]
"""


@pytest.mark.covering
@on_each_version
def test_each_costs_the_value_alone(set_up: SetUp) -> None:
    """The first apply does all that is planned; the second plan holds the problems and no change."""
    stage = set_up(one_guest())
    stage.configure(rest=RULES)
    plan = stage.settle()
    said = [problem.message for problem in plan.problems if problem.code is ProblemCode.NOT_ALLOWED]
    assert [word for word in ("'retired'", "'mothballed'", "'parked'") if word not in " ".join(said)] == []
    assert len(said) == 3
    (machine,) = stage.netbox("virtualization/virtual-machines", name="app")
    assert machine["status"]["value"] == "active"
    assert {row["status"]["value"] for row in stage.netbox("dcim/devices")} == {"active"}
    assert {row["status"]["value"] for row in stage.netbox("ipam/ip-addresses")} == {"active"}
