"""What people put in a cluster, on a node or in a location since: the undo leaves that part out, and names both."""

from __future__ import annotations

from typing import Any

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.plan import make_undo, undo_lookups
from tests.plan.lab import lab, vm
from tests.plan.world import World, policy

CLUSTER, NODE, MACHINE = "cluster:lab/cluster", "device:lab/node/pve1", "virtual-machine:lab/qemu/100"


def relocated(**options: Any) -> tuple[World, Outcome]:
    """Return a NetBox whose cluster was moved from DC1 to DC2, and the outcome of that."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", **options)))
    made.settle()
    made.add("site", "DC2", slug="dc2", status="active")
    made.policy = policy(ClusterPolicy(name="lab", site="DC2", **options))
    return made, made.outcome(made.plan())


def undo_of(made: World, outcome: Outcome) -> Plan:
    """Return the undo, which says at most that places do not fit."""
    plan = make_undo(outcome, made.inventory, "sha256:config")
    assert {problem.code for problem in plan.problems} <= {ProblemCode.NOT_ALLOWED, ProblemCode.BLOCKED}
    return plan


def told(plan: Plan) -> dict[str, str]:
    """Return what the undo says of each object that NetBox would refuse."""
    return {str(item.address): item.message for item in plan.problems if item.code is ProblemCode.NOT_ALLOWED}


def put(made: World, kind: str, name: str, **fields: Any) -> None:
    """Let a person put an object at DC2, with the cluster or the node."""
    site = made.find("device", "lab/node/pve1").fields["site"]
    made.add(kind, name, **({"site": site, "status": "active"} | fields))


def test_nothing_was_put_there() -> None:
    """All goes back."""
    made, outcome = relocated()
    assert undo_of(made, outcome).problems == ()
    made.undo(outcome)
    assert made.find("device", "lab/node/pve1").fields["site"]["name"] == "DC1"


def test_a_device_in_the_cluster() -> None:
    """The cluster stays, and all that is in it."""
    made, outcome = relocated()
    cluster = made.ref("cluster", made.find("cluster", "lab/cluster").id)
    put(made, "device", "backup server", cluster=cluster)
    plan = undo_of(made, outcome)
    assert plan.changes == ()
    assert "'backup server'" in told(plan)[CLUSTER]
    assert "'labcluster'" in told(plan)[CLUSTER]
    assert {NODE, "device:lab/node/pve2", MACHINE} <= told(plan).keys()


def test_a_machine_in_the_cluster() -> None:
    """It is on no node: it is at the site of the cluster all the same."""
    made, outcome = relocated()
    put(made, "virtual-machine", "own", cluster=made.ref("cluster", made.find("cluster", "lab/cluster").id))
    assert "'own'" in told(undo_of(made, outcome))[CLUSTER]


def test_a_machine_on_a_node() -> None:
    """The node stays, and its guests; the other node goes back."""
    made, outcome = relocated(cluster_scope="none")
    cluster = made.ref("cluster", made.find("cluster", "lab/cluster").id)
    node = made.ref("device", made.find("device", "lab/node/pve1").id)
    put(made, "virtual-machine", "own", cluster=cluster, device=node)
    plan = undo_of(made, outcome)
    assert [str(change.address) for change in plan.changes] == ["device:lab/node/pve2"]
    assert "'own'" in told(plan)[NODE]


def test_a_machine_on_a_node_that_goes_back_to_another_cluster() -> None:
    """It is at no site: NetBox wants a machine in the cluster of its node all the same."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none")))
    made.settle()
    theirs = made.add("cluster", "theirs", status="active")
    made.edit("device", "lab/node/pve2", cluster=made.ref("cluster", theirs.id))
    outcome = made.outcome(made.plan())
    cluster = made.ref("cluster", made.find("cluster", "lab/cluster").id)
    node = made.ref("device", made.find("device", "lab/node/pve2").id)
    made.add("virtual-machine", "own", status="active", cluster=cluster, device=node)
    plan = undo_of(made, outcome)
    assert plan.changes == ()
    assert "'own'" in told(plan)["device:lab/node/pve2"]


def test_a_location_of_a_node() -> None:
    """It is of the site where the node is now."""
    made, outcome = relocated(cluster_scope="none")
    node = made.find("device", "lab/node/pve1")
    room = made.add("location", "Room 2", slug="room-2", site=node.fields["site"])
    made.edit("device", "lab/node/pve1", location=made.ref("location", room.id))
    plan = undo_of(made, outcome)
    assert "'Room 2'" in told(plan)[NODE]
    assert NODE not in {change.address for change in plan.changes}


def test_a_cluster_that_people_put_a_node_in() -> None:
    """Theirs is scoped to the site where the node is now."""
    made, outcome = relocated(cluster_scope="none")
    site = made.find("device", "lab/node/pve2").fields["site"]
    theirs = made.add("cluster", "theirs", scope=site, status="active")
    made.edit("device", "lab/node/pve2", cluster=made.ref("cluster", theirs.id))
    plan = undo_of(made, outcome)
    assert "'theirs'" in told(plan)["device:lab/node/pve2"]


def test_a_node_that_is_ignored_since() -> None:
    """It stays where it is, and so does its cluster."""
    made, outcome = relocated()
    made.tag("device", "lab/node/pve1", "proxbox", "proxbox-ignore")
    plan = make_undo(outcome, made.inventory, "sha256:config")
    assert plan.changes == ()
    assert "'pve1'" in told(plan)[CLUSTER]


def test_what_is_there_is_asked_for() -> None:
    """In the clusters and on the nodes that go back."""
    made, outcome = relocated()
    asked = undo_lookups(outcome, made.inventory.replace(asked={}))
    number = str(made.find("cluster", "lab/cluster").id)
    assert {Lookup("device", "cluster_id", number), Lookup("virtual-machine", "cluster_id", number)} <= set(asked)
