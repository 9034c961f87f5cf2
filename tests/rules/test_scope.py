"""Which guests are synced, and what their tags, pool and state of high availability make of them."""

from __future__ import annotations

import pytest

from proxbox_plan.model.policy import Condition, Scope
from proxbox_plan.model.state import Cluster, Guest, State
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules.scope import compiled
from tests.plan import lab
from tests.plan.world import World, fields_of, policy

GUEST = lab.vm(100, name="db1", tags=("prod", "sql"), pool="customers", hastate="started", node="pve1")


def in_scope(scope: Scope, guest: Guest = GUEST) -> bool:
    """Whether a guest of the cluster `lab` is ours."""
    return compiled(scope, "lab", Wiring(Cluster(name="lab"))).includes(guest) is True


def test_excluded_wins_over_included() -> None:
    """And a guest that is not included is not synced."""
    both = Scope(include=(Condition(name="db*"),), exclude=(Condition(tag="sql"),))
    assert not in_scope(both)
    assert in_scope(Scope(include=(Condition(name="db*"),)))
    assert not in_scope(Scope(include=(Condition(name="web*"),)))
    assert not in_scope(Scope(vmids=(7,)))


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
