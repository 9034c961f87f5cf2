"""Owners (NetBox 4.5 and newer) that rules give guests and nodes."""

from __future__ import annotations

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.model.problem import ProblemCode
from tests.end_to_end.conftest import NETBOXES, SetUp
from tests.end_to_end.stage import Stage

RULES = """mapping: {create_sites: true}
scope: {plugin: false}
rules:
  - set: {owner: Platform team}
node_rules:
  - set: {owner: Hardware team}
"""


def owned(set_up: SetUp, *names: str) -> Stage:
    """Return a stage whose rules name two owners, of which NetBox has these."""
    stage = set_up(ClusterDescription.seeded(3, guests=2, nodes=1, name="lab"))
    stage.configure(rest=RULES)
    if names:
        group = stage.ask("POST", "users/owner-groups/", {"name": "Teams"}) if stage.fake is None else {"id": None}
        for name in names:
            stage.ask("POST", "users/owners/", {"name": name, "group": group["id"]})
    return stage


@pytest.mark.slow
@pytest.mark.parametrize("set_up", [*NETBOXES, "4.5.10"], indirect=True)
def test_owners(set_up: SetUp) -> None:
    """They are set, and one that a person chose stays."""
    stage = owned(set_up, "Platform team", "Hardware team", "Others")
    stage.settle()
    machines = stage.netbox("virtualization/virtual-machines")
    assert {row["owner"]["name"] for row in machines} == {"Platform team"}
    assert stage.netbox("dcim/devices")[0]["owner"]["name"] == "Hardware team"
    other = stage.netbox("users/owners", name="Others")[0]["id"]
    stage.edit("virtualization/virtual-machines", machines[0]["name"], owner=other)
    assert [(item.field, item.name) for item in stage.settle().preserved] == [("owner", machines[0]["name"])]


@pytest.mark.parametrize("set_up", ["fake"], indirect=True)
def test_an_owner_that_is_not_there(set_up: SetUp) -> None:
    """It is looked up only: the problem names it, and nothing waits for it but what needs it."""
    stage = owned(set_up)
    plan = stage.plan()
    found = {(problem.code, problem.address) for problem in plan.problems}
    assert (ProblemCode.REFERENCE_MISSING, "owner:platform-team") in found


@pytest.mark.parametrize("set_up", ["4.4.10"], indirect=True)
def test_a_netbox_without_owners(set_up: SetUp) -> None:
    """It is said once, and the guests are there without one."""
    stage = owned(set_up)
    problems = [(problem.code, problem.address) for problem in stage.settle().problems]
    assert problems == [(ProblemCode.REFERENCE_MISSING, f"owner:{name}-team") for name in ("hardware", "platform")]
    assert len(stage.netbox("virtualization/virtual-machines")) == 2
