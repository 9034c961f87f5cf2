"""`cluster_scope`: a change reaches a cluster whose scope is ours; of any other the plan says why not."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from proxbox_plan.model.policy import ClusterPolicy
from tests.plan.lab import lab, node, vm
from tests.plan.world import World, policy, summary

CLUSTER = "cluster:lab/cluster"
Scope = Literal["site", "none"]


def rules(scope: Scope, site: str = "DC1", **options: Any) -> Any:
    """Return a policy with that scope."""
    return policy(ClusterPolicy(name="lab", site=site, cluster_scope=scope), **options)


def settled(scope: Scope) -> World:
    """Return a NetBox that agrees with a cluster of that scope."""
    made = World(lab(vm()), rules(scope))
    made.settle()
    return made


def scope_of(made: World) -> Any:
    """Return the name of what the cluster is scoped to."""
    return (made.find("cluster", "lab/cluster").fields.get("scope") or {}).get("name")


@pytest.mark.parametrize("site", ["DC1", "DC2"])
@pytest.mark.parametrize(("before", "after"), [("site", "none"), ("none", "site")])
def test_a_scope_that_is_ours_follows_the_configuration(before: Scope, after: Scope, site: str) -> None:
    """Back and forth, also to another site at once; a second plan holds nothing."""
    made = settled(before)
    for scope, place in ((after, site), (before, "DC1")):
        made.policy = rules(scope, place)
        assert made.apply().problems == ()
        assert scope_of(made) == (place if scope == "site" else None)
        assert made.plan().changes == ()


def test_a_scope_that_people_gave_stays() -> None:
    """They scoped it elsewhere: what the configuration says is preserved, and shown."""
    made = settled("site")
    room = made.add("region", "Europe", slug="europe")
    made.edit("cluster", "lab/cluster", scope=made.ref("region", room.id))
    made.policy = rules("none")
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.address, item.field) for item in plan.preserved] == [(CLUSTER, "scope")]


def test_a_cluster_that_people_made_without_a_scope() -> None:
    """It is adopted without one, and the plan says that it is not given the site."""
    made = World(lab(vm()), rules("site"))
    made.add("cluster", "labcluster", scope=None, status="active")
    made.apply()
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.address, item.field, item.netbox) for item in plan.preserved] == [(CLUSTER, "scope", None)]


def test_a_scope_that_a_node_does_not_fit() -> None:
    """NetBox takes no scope while a node in the cluster is elsewhere: nothing is changed, and the plan names it."""
    made = settled("none")
    site = made.add("site", "DC2", slug="dc2", status="active")
    made.edit("device", "lab/node/pve2", site=made.ref("site", site.id))
    made.policy = rules("site")
    plan = made.plan()
    assert plan.changes == ()
    assert "pve2" in plan.problems[0].message


def test_two_clusters_of_one_name_without_a_scope() -> None:
    """NetBox holds a name once only at a site."""
    clusters = [ClusterPolicy(name=name, site="DC1", cluster_scope="none", netbox_name="PVE") for name in ("a", "b")]
    states = [lab(nodes=(node(f"n{number}", number),)).clusters[0] for number in (1, 2)]
    both = tuple(state.model_copy(update={"name": name}) for name, state in zip("ab", states, strict=True))
    made = World(lab().replace(clusters=both), policy(*clusters))
    assert made.apply().problems == ()
    assert {address for action, address, _ in summary(made.plan()) if action == "create"} == set()
    assert len(made.rows["cluster"]) == len(both)
