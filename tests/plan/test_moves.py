"""A guest that moves to another cluster is moved in NetBox too, not deleted and created."""

from __future__ import annotations

from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Cluster, ClusterCoverage, Guest, Incomplete
from tests.plan.lab import container, incomplete, lab, node, vm
from tests.plan.world import World, fields_of, policy, summary


def two_clusters(here: tuple[Guest, ...], there: tuple[Guest, ...], **fields: ClusterCoverage) -> tuple[Cluster, ...]:
    """Return the clusters `lab` and `other` with these guests."""
    first = lab(*here).clusters[0].model_copy(update=fields)
    other = Cluster(name="other", proxmox_name="other", version="9.2.11", guests=there, nodes=(node("px1", 9),))
    return first, other


def started() -> World:
    """Return a world where vm-100 is in `lab`, and NetBox knows both clusters."""
    sites = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC2"))
    made = World(lab().model_copy(update={"clusters": two_clusters((vm(), container()), (vm(300),))}), policy(*sites))
    made.settle()
    return made


def moved(made: World, *, vmid: int = 100, **fields: ClusterCoverage) -> World:
    """Let vm-100 leave `lab` and turn up in `other`."""
    guest = vm(100, node="px1").model_copy(update={"vmid": vmid})
    made.state = lab().model_copy(update={"clusters": two_clusters((container(),), (guest, vm(300)), **fields)})
    return made


def test_a_move_is_one_update_and_the_children_follow() -> None:
    """The same virtual machine, in the other cluster, with another key; nothing is created or deleted."""
    made = started()
    number = made.find("virtual-machine", "lab/qemu/100").id
    plan = moved(made).plan()
    assert {line[2] for line in summary(plan)} == {"moved-to-another-cluster"}
    assert fields_of(plan, "virtual-machine:other/qemu/100")["cluster"] == ("labcluster", "other")
    made.settle()
    assert made.find("virtual-machine", "other/qemu/100").id == number
    assert "other/qemu/100/net0/ip/10.0.1.100" in made.keys("ip-address")


def test_a_move_may_change_the_vmid() -> None:
    """A vmid that is taken over there gives the guest another one."""
    made = started()
    number = made.find("virtual-machine", "lab/qemu/100").id
    moved(made, vmid=777).settle()
    assert made.find("virtual-machine", "other/qemu/777").id == number


def test_a_copy_is_not_a_move() -> None:
    """While the guest may still be in the old cluster, the new one is another guest."""
    plan = moved(started(), coverage=ClusterCoverage(guests=incomplete(Incomplete.FORBIDDEN))).plan()
    assert "moved-to-another-cluster" not in {line[2] for line in summary(plan)}
    assert ("create", "virtual-machine:other/qemu/100", "new-in-proxmox") in summary(plan)


def test_a_move_that_must_wait_waits_as_a_whole() -> None:
    """Another object has the name there: neither the machine nor anything that hangs off it changes its place."""
    made = started()
    cluster = made.find("cluster", "other/cluster")
    made.add("virtual-machine", "VM-100", cluster=made.ref("cluster", cluster.id))
    plan = moved(made).plan()
    assert plan.changes == ()
    assert {problem.code for problem in plan.problems} == {ProblemCode.NAME_TAKEN, ProblemCode.BLOCKED}


def test_a_restored_copy_is_not_a_move() -> None:
    """A backup restored elsewhere has the uuid of the guest it was made of, but another vmgenid: another guest."""
    made = started()
    copy = vm(100, node="px1", vmgenid="99999999-0000-4000-8000-000000000001")
    made.state = lab().model_copy(update={"clusters": two_clusters((container(),), (copy, vm(300)))})
    assert ("create", "virtual-machine:other/qemu/100", "new-in-proxmox") in summary(made.plan())


def test_a_guest_of_a_cluster_that_was_not_collected_has_not_moved() -> None:
    """Nothing proves that it is gone from there: the one that is here now is another guest."""
    made = moved(started())
    made.state = made.state.model_copy(update={"clusters": made.state.clusters[1:]})
    plan = made.plan()
    assert "moved-to-another-cluster" not in {line[2] for line in summary(plan)}
    assert ("create", "virtual-machine:other/qemu/100", "new-in-proxmox") in summary(plan)
