"""Unread: a field whose source is incomplete is left alone; a reference into a list that was not read is no null."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.desired import DesiredObject, Unknown, Unread, known
from proxbox_plan.model.plan import Action
from proxbox_plan.model.state import COMPLETE, ClusterCoverage, Incomplete, NodeCoverage
from tests.plan.lab import incomplete, lab, node, now, vm
from tests.plan.world import World, fields_of, policy

FORBIDDEN = incomplete(Incomplete.FORBIDDEN)


def test_a_value_is_known_when_all_its_sources_are_complete() -> None:
    """The first incomplete source gives the reason."""
    late = incomplete(Incomplete.TIMEOUT)
    assert known(5, COMPLETE, COMPLETE) == 5
    assert known(5, COMPLETE, late, FORBIDDEN) == Unread(Unknown.because(late))


def test_an_unread_value_is_no_field() -> None:
    """It is set apart, with its reason."""
    wanted = DesiredObject(
        "device", Key("lab/node/a"), "a", {"name": "a", "status": Unread(Unknown.because(FORBIDDEN))}
    )
    assert (wanted.fields, wanted.unread) == (
        {"name": "a"},
        {"status": Unknown(Incomplete.FORBIDDEN, FORBIDDEN.detail)},
    )


def synced() -> World:
    """Return a world where NetBox agrees with a cluster of two nodes."""
    made = World(lab(vm()), policy())
    made.settle()
    return made


def test_a_field_whose_source_is_incomplete_is_left_alone() -> None:
    """A cluster whose name may not be read is not renamed; the plan names the field, and why."""
    made = now(synced(), vm(), proxmox_name=None, coverage=ClusterCoverage(status=FORBIDDEN))
    plan = made.plan()
    assert plan.changes == ()
    assert not plan.complete
    [deferred] = [item for item in plan.deferred if item.kind == "cluster"]
    assert (deferred.action, deferred.reason, deferred.fields) == (Action.UPDATE, Incomplete.FORBIDDEN, ("name",))


def test_a_partition_says_nothing_about_the_nodes_it_does_not_see() -> None:
    """They stay as they are; one that is seen is online."""
    away = node("pve2", 2, online=False, coverage=NodeCoverage(membership=incomplete(Incomplete.NO_QUORUM)))
    made = now(synced(), vm(), nodes=(node(), away), quorate=False)
    assert made.plan().changes == ()
    gone = node("pve2", 2, online=False)
    status = fields_of(now(synced(), vm(), nodes=(node(), gone)).plan(), "device:lab/node/pve2")["status"]
    assert status == ("active", "offline")


def test_a_new_object_is_created_with_what_is_known() -> None:
    """The first sync of a cluster whose name may not be read calls it as the configuration does."""
    made = World(lab(vm(), proxmox_name=None, coverage=ClusterCoverage(status=FORBIDDEN)), policy())
    assert fields_of(made.plan(), "cluster:lab/cluster")["name"] == (None, "lab")
