"""Identity: another cluster that answers at the configured host is refused, whatever its size."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.state import ClusterCoverage, Node
from tests.plan.lab import incomplete, lab, node, now, vm
from tests.plan.world import World, policy

NODES = (node("pve1", 1), node("pve2", 2))
OTHERS = (node("kiel", 1), node("sylt", 2))


def synced(*nodes: Node) -> World:
    """Return a world where NetBox agrees with a cluster of these nodes."""
    made = World(lab(vm(), nodes=nodes or NODES, proxmox_name="prod"), policy())
    made.settle()
    return made


def answering(made: World, *nodes: Node, name: str | None = "staging", **fields: Any) -> World:
    """Return the world with something else at the configured host."""
    return now(made, vm(node=nodes[0].name), nodes=nodes, proxmox_name=name, **fields)


def test_another_cluster_is_refused_with_both_sides_named() -> None:
    """Neither a node nor the name is the same."""
    with pytest.raises(RefusedError) as refused:
        answering(synced(), *OTHERS).plan()
    assert refused.value.message == (
        "The source of the cluster 'lab' is another cluster: NetBox knows the nodes pve1, pve2 and the name 'prod', "
        "but Proxmox answers as a cluster called 'staging' with the nodes kiel, sylt"
    )
    assert "--accept-identity lab" in refused.value.hint


def test_one_thing_in_common_is_enough() -> None:
    """A renamed cluster, and one whose nodes were all replaced."""
    assert answering(synced(), *NODES).plan().problems == ()
    assert answering(synced(), *OTHERS, name="prod").plan().problems == ()


def test_a_cluster_whose_nodes_are_not_ours_is_known_by_its_name() -> None:
    """People keep the devices, so NetBox has no node of ours to compare with."""
    made = synced()
    made.policy = policy(forget=("device:*",))
    made.apply()
    made.rows["device"] = {number: row for number, row in made.rows["device"].items() if row.key is None}
    assert answering(made, *OTHERS, name="prod").plan() is not None
    with pytest.raises(RefusedError, match="NetBox knows no node and the name 'prod'"):
        answering(made, *OTHERS).plan()


def test_a_name_that_the_configuration_gives_proves_nothing() -> None:
    """It is the same for every cluster that answers."""
    made = synced()
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", netbox_name="prod"))
    made.settle()
    with pytest.raises(RefusedError, match="is another cluster"):
        answering(made, *OTHERS, name="prod").plan()


def test_a_cluster_that_says_it_is_standalone_is_refused() -> None:
    """Corosync is down, or pmxcfs runs with `-l`: the node knows of no other."""
    with pytest.raises(RefusedError, match="is a cluster no longer"):
        answering(synced(), node("pve1", 0), name=None, standalone=True).plan()
    with pytest.raises(RefusedError, match="is a cluster no longer"):
        answering(synced(node("pve1", 1)), node("pve1", 0), name=None, standalone=True).plan()


def test_what_is_not_known_is_not_compared() -> None:
    """Without an answer about the mode nothing is concluded from it."""
    unread = ClusterCoverage(status=incomplete(), nodes=incomplete())
    assert answering(synced(), node("pve1", 7), name=None, standalone=True, coverage=unread).plan().problems == ()


def test_a_type_that_somebody_else_chose_says_nothing() -> None:
    """Only what we last applied does; the number of nodes still counts."""
    made = synced(node("pve1", 1))
    other = made.add("cluster-type", "VMware")
    made.edit("cluster", "lab/cluster", type=made.ref("cluster-type", other.id))
    assert answering(made, node("pve1", 7), name=None, standalone=True).plan().problems == ()


def test_the_rare_true_case_is_accepted_by_name() -> None:
    """For one run, and for that cluster."""
    made = synced()
    made.policy = made.policy.accepting(["lab"])
    assert answering(made, *OTHERS).plan().changes


def test_a_first_sync_has_nothing_to_compare() -> None:
    """NetBox knows no node of it."""
    assert World(answering(synced(), *OTHERS).state, policy()).plan().changes
