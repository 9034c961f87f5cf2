"""Which guests are synced, and what their tags, pool and state of high availability make of them."""

from __future__ import annotations

import pytest

from proxbox_plan.model.policy import ClusterPolicy, Condition, Rule, Scope, Targets
from proxbox_plan.model.state import Cluster, State
from proxbox_plan.planner.scope import in_scope, meets, targets
from tests.planner import lab
from tests.planner.world import World, fields_of, policy

GUEST = lab.vm(100, name="db1", tags=("prod", "sql"), pool="customers", hastate="started", node="pve1")


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({}, True), ({"name": "db*"}, True), ({"name": "DB1"}, True), ({"name": "/^db[0-9]$/"}, True),
        ({"name": "web*"}, False), ({"tag": "sql"}, True), ({"tag": "dev"}, False), ({"pool": "cust*"}, True),
        ({"pool": "internal"}, False), ({"node": "pve1"}, True), ({"node": "pve2"}, False), ({"type": "qemu"}, True),
        ({"type": "lxc"}, False), ({"ha": "started"}, True), ({"ha": "?*"}, True), ({"ha": "error"}, False),
        ({"name": "db*", "tag": "dev"}, False),
    ],
)  # fmt: skip
def test_a_condition(condition: dict[str, str], met: bool) -> None:  # noqa: FBT001 # a column of the table
    """All that is given must hold; text is a glob, or a regular expression between slashes."""
    assert meets(Condition(**condition), GUEST) is met  # type: ignore[arg-type] # one of them is a literal


def test_a_guest_without_high_availability_has_none() -> None:
    """`?*` is any state, and none is no state."""
    assert not meets(Condition(ha="?*"), GUEST.model_copy(update={"hastate": None}))


def test_excluded_wins_over_included() -> None:
    """And a guest that is not included is left out."""
    both = Scope(include=(Condition(name="db*"),), exclude=(Condition(tag="sql"),))
    assert not in_scope(both, GUEST)
    assert in_scope(Scope(include=(Condition(name="db*"),)), GUEST)
    assert not in_scope(Scope(include=(Condition(name="web*"),)), GUEST)
    assert not in_scope(Scope(vmids=(7,)), GUEST)


def test_the_first_rule_that_gives_a_value_wins() -> None:
    """Value by value; then the cluster's own for guests."""
    rules = (
        Rule(when=Condition(ha="started"), set=Targets(role="Critical")),
        Rule(when=Condition(tag="sql"), set=Targets(role="Database", tenant="Customers")),
    )
    chosen = targets(ClusterPolicy(name="lab", site="A", rules=rules, guests=Targets(tenant="Us", vrf="blue")), GUEST)
    assert (chosen.role, chosen.tenant, chosen.vrf, chosen.site) == ("Critical", "Customers", "blue", None)


@pytest.mark.parametrize(("pool_tags", "tags"), [(False, ["proxbox"]), (True, ["pool-customers", "proxbox"])])
def test_pools_become_tags_when_that_is_asked_for(pool_tags: bool, tags: list[str]) -> None:  # noqa: FBT001 # a column of the table
    """The tag of a pool is one of ours: it goes when the guest leaves the pool."""
    guest = lab.vm(100, pool="customers")
    state = State.make(clusters=(Cluster(name="lab", nodes=(lab.node(),), guests=(guest,)),))
    world = World(state, policy=policy(pool_tags=pool_tags))
    assert fields_of(world.plan(), "virtual-machine:lab/qemu/100")["tags"][1] == tags
    world.settle()
    left = guest.model_copy(update={"pool": None})
    world.state = State.make(clusters=(Cluster(name="lab", nodes=(lab.node(),), guests=(left,)),))
    assert [change.address for change in world.plan().changes] == (
        ["virtual-machine:lab/qemu/100"] if pool_tags else []
    )
