"""Unknown is not absent: what was not read is neither deleted nor emptied nor renamed."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import ClusterPolicy, Condition, Limits, Scope
from proxbox_plan.model.state import ClusterCoverage, GuestCoverage, Incomplete, NodeCoverage
from tests.plan.lab import container, incomplete, lab, node, now, offline, silent, unread, vm, world
from tests.plan.world import World, policy, summary


@pytest.mark.parametrize(
    "reason", [Incomplete.AGENT_SILENT, Incomplete.TIMEOUT, Incomplete.GUEST_STOPPED, Incomplete.AGENT_DISABLED]
)
def test_a_silent_agent_deletes_no_address(reason: Incomplete) -> None:
    """Trap 1: no answer from inside the guest is not the answer that there is nothing inside."""
    made = now(world(), silent(vm(), reason), container())
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.address, item.reason) for item in plan.deferred] == [
        ("ip-address:lab/qemu/100/net0/ip/10.0.1.100", reason)
    ]
    assert not plan.complete


def test_guests_of_an_offline_node_are_withheld() -> None:
    """Trap 2: a node is down and its guests are bare rows: nothing of them is touched, and the plan says so."""
    made = now(
        world(), unread(vm(), Incomplete.NODE_OFFLINE), container(node="pve2"), nodes=(offline(), node("pve2", 2))
    )
    plan = made.plan()
    assert {line[1] for line in summary(plan)} == {"virtual-machine:lab/lxc/200", "device:lab/node/pve1"}
    assert all(change.action is Action.UPDATE for change in plan.changes)
    assert ("virtual-machine:lab/qemu/100", Incomplete.NODE_OFFLINE) in {
        (item.address, item.reason) for item in plan.deferred
    }


def test_a_failed_config_leaves_the_children_alone() -> None:
    """Trap 3: what hangs off a guest whose configuration could not be read stays as it is."""
    broken = vm(
        name="renamed",
        nics=(),
        disks=(),
        addresses=(),
        coverage=GuestCoverage(config=incomplete(), addresses=incomplete()),
    )
    plan = now(world(), broken, container()).plan()
    assert summary(plan) == [("update", "virtual-machine:lab/qemu/100", "renamed-in-proxmox")]


def test_an_empty_source_is_an_error() -> None:
    """Trap 4: a cluster without any guest, where NetBox has some, is refused with the arithmetic."""
    with pytest.raises(RefusedError, match="has no guests, but NetBox has 2"):
        now(world()).plan()


def test_an_empty_source_can_be_meant() -> None:
    """--force-limit says that the guests really are gone."""
    made = now(world())
    made.policy = policy(limits=Limits(force=True))
    assert {change.reason for change in made.plan().changes} == {"gone-from-proxmox", "parent-gone-from-proxmox"}


def test_an_incomplete_guest_list_deletes_nothing() -> None:
    """A token that cannot see every guest proves no absence."""
    coverage = ClusterCoverage(guests=incomplete(Incomplete.FORBIDDEN))
    plan = now(world(), container(), coverage=coverage).plan()
    assert plan.changes == ()
    assert {item.reason for item in plan.deferred} == {Incomplete.FORBIDDEN}


def test_an_incomplete_node_list_decommissions_nothing() -> None:
    """A node that is not listed is only gone when the list is whole."""
    coverage = ClusterCoverage(nodes=incomplete(Incomplete.FORBIDDEN))
    assert now(world(vm()), vm(), nodes=(node(),), coverage=coverage).plan().changes == ()


def test_an_unread_network_keeps_the_node_interfaces() -> None:
    """The interfaces of a node whose network was not read stay."""
    broken = node(interfaces=(), coverage=NodeCoverage(network=incomplete(Incomplete.SERVER_ERROR)))
    plan = now(world(vm()), vm(), nodes=(broken, node("pve2", 2))).plan()
    assert plan.changes == ()
    assert {item.kind for item in plan.deferred} == {"interface", "ip-address"}


@pytest.mark.parametrize(
    "scope",
    [
        Scope(exclude=(Condition(type="qemu"),)),
        Scope(exclude=(Condition(name="vm-*"),)),
        Scope(include=(Condition(name="/^ct-/"),)),
        Scope(vmids=(200,)),
        Scope(include=(Condition(type="lxc"),)),
    ],
)
def test_a_filter_deletes_nothing(scope: Scope) -> None:
    """Trap 6: what a filter excludes is out of scope, not gone."""
    made = world()
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", scope=scope))
    plan = made.plan()
    assert plan.changes == ()
    assert plan.deferred == ()


def test_a_cluster_that_was_not_collected_is_left_alone() -> None:
    """A state without a cluster says nothing about that cluster's objects."""
    both = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC2"))
    made = World(lab(vm()), policy(*both))
    made.settle()
    other = lab(vm(300)).clusters[0].model_copy(update={"name": "other", "proxmox_name": "other"})
    made.state = made.state.model_validate(lab().model_dump() | {"clusters": [other.model_dump()]})
    assert not any(change.action is Action.DELETE for change in made.plan().changes)


def test_a_half_made_guest_is_not_created() -> None:
    """A guest under a create or clone lock is kept as it is until it is whole."""
    plan = World(lab(unread(vm(), Incomplete.HALF_MADE), container()), policy()).plan()
    assert not any("lab/qemu/100" in change.address for change in plan.changes)
    assert [(item.address, item.action) for item in plan.deferred] == [("virtual-machine:lab/qemu/100", Action.CREATE)]
