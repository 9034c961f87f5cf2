"""A fact that was not read decides nothing: what rules made of it in NetBox stays."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.policy import ClusterRule, NodeRule, NodeTargets, Rule, Targets
from proxbox_plan.model.state import ClusterCoverage, Node, NodeCoverage
from tests.plan.lab import incomplete, lab, node, now, vm, world
from tests.plan.world import World, policy

SAYING = (
    "{{ node.online }} {{ node.address }} {{ node.version }} {{ node.cpu }} {{ node.memory_mib }} {{ node.location }}"
)
TOLD: dict[str, Any] = {"description": SAYING, "tags": "t-{{ node.address }}", "dns_name": "{{ node.location }}.x.org"}
RULES = (NodeRule(set=NodeTargets(**TOLD)),)
GONE = incomplete()
OF_THE_CLUSTER = "{{ cluster.proxmox_name }} {% if cluster.standalone %}alone{% endif %}"


@pytest.mark.parametrize(
    "lost",
    [
        {"online": False, "address": None, "coverage": NodeCoverage(membership=GONE)},
        {"address": None},
        {"version": None, "cpu_model": None, "memory_mib": None, "coverage": NodeCoverage(status=GONE)},
        {"location": "", "coverage": NodeCoverage(config=GONE)},
    ],
    ids=["membership", "address", "status", "location"],
)
def test_a_fact_about_a_node(lost: dict[str, Any]) -> None:
    """By whatever call it comes: what the templates made of it stays, and the plan says that it waits."""
    first = node(location="rack 1")
    made = World(lab(vm(), nodes=(first,)), policy(node_rules=RULES))
    made.settle()
    again = now(made, vm(), nodes=(Node.model_validate({**first.model_dump(), **lost}),))
    plan = again.plan()
    assert plan.changes == ()
    new = World(again.state, made.policy).plan()
    assert "description" not in {
        item.field for change in new.changes if change.kind == "device" for item in change.fields
    }


@pytest.mark.parametrize("part", ["guest", "node"])
def test_a_fact_about_the_cluster(part: str) -> None:
    """Also where it is read for a guest or a node."""
    guests, nodes = (
        (Rule(set=Targets(description=OF_THE_CLUSTER)),),
        (NodeRule(set=NodeTargets(description=OF_THE_CLUSTER)),),
    )
    made = world(vm(), **({"rules": guests} if part == "guest" else {"node_rules": nodes}))
    again = now(made, vm(), proxmox_name=None, standalone=True, coverage=ClusterCoverage(status=GONE))
    assert again.plan().changes == ()


def test_a_fact_that_all_of_the_cluster_depends_on() -> None:
    """Its name or site cannot be kept as it is: no plan is made."""
    rule = ClusterRule.model_validate({"set": {"netbox_name": "pve-{{ cluster.proxmox_name }}"}})
    made = world(vm(), cluster_rules=(rule,))
    again = now(made, vm(), proxmox_name=None, coverage=ClusterCoverage(status=GONE))
    with pytest.raises(RefusedError, match=r"cannot set netbox_name of cluster 'lab': they use what was not read"):
        again.plan()
