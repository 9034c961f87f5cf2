"""Limits: a plan that changes too much of what we manage is shown, but not applicable."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.policy import ClusterPolicy, Limits
from proxbox_plan.model.state import Cluster, Guest, State
from proxbox_plan.policy.permission import check_permission
from tests.plan.lab import lab, node, now, vm, world
from tests.plan.world import World, policy

TWO = policy(ClusterPolicy(name="big", site="DC1"), ClusterPolicy(name="small", site="DC1"))


def cluster(name: str, *guests: Guest) -> Cluster:
    """Return a cluster with a node of its own."""
    on = node(f"{name}1", len(name))
    found = lab(*(guest.replace(node=on.name) for guest in guests), proxmox_name=name, nodes=(on,)).clusters[0]
    return found.replace(name=name)


def after_changing(count: int, total: int = 20, **limits: int | bool) -> World:
    """Return a world where `count` of `total` virtual machines got more memory."""
    made = world(*(vm(100 + number) for number in range(total)))
    made.policy = policy(limits=Limits(**limits))  # type: ignore[arg-type]  # ints and a bool, as the fields want
    return now(made, *(vm(100 + number, memory_mib=4096 if number < count else 2048) for number in range(total)))


def test_up_to_the_limit_is_applicable() -> None:
    """30 % of 20 is 6."""
    assert after_changing(6).plan().applicable


def test_over_the_limit_the_message_shows_the_arithmetic() -> None:
    """7 of 20 is 35 %."""
    plan = after_changing(7).plan()
    assert not plan.applicable
    assert plan.limits[0].message == (
        "7 of 20 managed virtual-machine objects of the cluster lab would be updated or deleted: "
        "35 %, over the limit of 30 % (6)"
    )


def test_few_objects_may_all_be_updated() -> None:
    """Below ten managed objects a percentage says nothing."""
    assert after_changing(9, total=9).plan().applicable


def after_removing(count: int, total: int) -> World:
    """Return a world where `count` of `total` virtual machines are gone, and their disks and NICs with them."""
    made = world(*(vm(100 + number) for number in range(total)))
    return now(made, *(vm(100 + number) for number in range(count, total)))


def test_of_few_objects_only_a_few_may_go() -> None:
    """Three of a small estate, without another word."""
    assert after_removing(3, total=9).plan().applicable
    plan = after_removing(4, total=9).plan()
    assert not plan.applicable
    assert [hit.message for hit in plan.limits] == [
        (
            "4 of 9 managed virtual-machine objects of the cluster lab would go: "
            "over the limit of 3 for fewer than 10 objects"
        )
    ]


def test_a_number_of_objects_is_the_limit_of_few_objects_too() -> None:
    """`most` counts what is written to, whatever share it is."""
    hit = after_changing(4, total=9, most=3).plan().limits[0]
    assert (hit.affected, hit.allowed) == (4, 3)


def test_of_few_devices_one_may_go() -> None:
    """A node is more than a guest."""
    nodes = tuple(node(name, number) for number, name in enumerate("abcd", start=1))
    made = World(lab(vm(node="a"), nodes=nodes), policy())
    made.settle()
    assert now(made, vm(node="a"), nodes=nodes[:3]).plan().applicable
    hit = now(made, vm(node="a"), nodes=nodes[:2]).plan().limits[0]
    assert (hit.kind, hit.affected, hit.allowed) == ("device", 2, 1)


def test_clusters_count_by_themselves() -> None:
    """A small cluster that empties is not hidden by a large one."""
    small = tuple(vm(200 + number) for number in range(5))
    big = cluster("big", *(vm(100 + number) for number in range(60)))
    made = World(State.make(clusters=(big, cluster("small", *small))), TWO)
    made.settle()
    made.state = State.make(clusters=(big, cluster("small", small[0])))
    assert [(hit.cluster, hit.kind, hit.affected) for hit in made.plan().limits] == [("small", "virtual-machine", 4)]


def test_what_goes_with_its_parent_counts_with_the_parent() -> None:
    """The NIC of a guest that is gone is no second loss; one whose guest stays is."""
    assert [hit.kind for hit in after_removing(4, total=9).plan().limits] == ["virtual-machine"]


def test_the_limit_can_be_lifted_for_one_run() -> None:
    """--force-limit."""
    assert after_changing(20, force=True).plan().applicable


def test_first_creations_are_not_limited() -> None:
    """Creating is never over a limit: nothing that exists is changed."""
    assert World(after_changing(0).state, policy()).plan().applicable


def test_a_number_of_objects_can_be_the_limit() -> None:
    """Whichever is smaller counts, and the message names that one."""
    plan = after_changing(4, most=3).plan()
    assert not plan.applicable
    assert plan.limits[0].message == (
        "4 of 20 managed virtual-machine objects of the cluster lab would be updated or deleted: "
        "over the limit of 3 objects"
    )
    assert after_changing(3, most=3).plan().applicable


def test_a_plan_over_a_limit_gets_no_permission() -> None:
    """Apply says which limit, and how it can be meant."""
    with pytest.raises(RefusedError, match="exceeds a change limit: 7 of 20") as refused:
        check_permission(after_changing(7).plan())
    assert "--force-limit" in refused.value.hint
