"""Clusters that change their sites, with nodes of one name, while guests go from one to the other: one plan."""

from __future__ import annotations

from typing import Literal

import pytest

from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.state import Cluster, Guest, State
from tests.plan.lab import node
from tests.plan.test_found_again import NetBox, guest
from tests.plan.test_other_vmids import begun, parts
from tests.plan.world import policy

Scope = Literal["site", "none"]
Guests = tuple[Guest, ...]


def given(made: NetBox, here: Guests, there: Guests, *sites: str, scope: Scope = "site", second: str = "pve1") -> None:
    """Let the two clusters have these guests and be at these sites."""
    clusters = [
        Cluster(
            name=name,
            proxmox_name=name,
            version="9.2.11",
            nodes=(node(called, number),),
            guests=tuple(item.model_copy(update={"node": called}) for item in guests),
        )
        for name, called, number, guests in (("lab", "pve1", 1, here), ("other", second, 9, (*there, guest("z", 300))))
    ]
    rules = [
        ClusterPolicy(name=item.name, site=site, cluster_scope=scope)
        for item, site in zip(clusters, sites, strict=True)
    ]
    made.state, made.policy = State.make(clusters=tuple(clusters)), policy(*rules)


A, B, C = guest("a", 100), guest("b", 100), guest("c", 102)
STORIES: dict[str, tuple[Guests, Guests, tuple[str, str], str]] = {
    "alone": ((A, C), (B,), ("DC2", "DC1"), "pve1"),
    "while guests do, too": ((B, C), (A,), ("DC2", "DC1"), "px1"),
    "while guests do, too, with nodes of one name": ((B, C), (A,), ("DC2", "DC1"), "pve1"),
    "one leaves while its cluster moves": ((C,), (B, A.model_copy(update={"vmid": 101})), ("DC3", "DC2"), "px1"),
    "one comes while the cluster moves": ((A, C, B.model_copy(update={"vmid": 101})), (), ("DC3", "DC2"), "px1"),
}


@pytest.mark.covering
@pytest.mark.parametrize("scope", ["site", "none"])
@pytest.mark.parametrize("name", STORIES)
def test_it_is_one_plan(name: str, scope: Scope) -> None:
    """Nothing is left for a second one, and wherever an apply stops, the next one finishes it."""
    here, there, sites, second = STORIES[name]
    made = NetBox(State.make(clusters=()))
    given(made, (A, C), (B,), "DC1", "DC2", scope=scope, second=second)
    made.apply()
    had = parts(made)
    given(made, here, there, *sites, scope=scope, second=second)
    plan = made.plan()
    assert plan.problems == ()
    for count in range(len(plan.changes) + 1):
        stopped = begun(made, plan, count)
        stopped.apply()
        assert stopped.plan().changes == ()
        assert parts(stopped) == had
