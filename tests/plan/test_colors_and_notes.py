"""Colors of tags, and notes of nodes and of the datacenter: off by default, and never taken back by silence."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import (
    COMPLETE,
    Cluster,
    ClusterCoverage,
    Incomplete,
    Node,
    NodeCoverage,
    State,
    TagColor,
)
from tests.plan.lab import incomplete, node, offline, vm
from tests.plan.world import World, fields_of, policy, summary

ON = Areas(plugin=False, notes=True, tag_colors=True)
DEVICE, CLUSTER = "device:lab/node/pve1", "cluster:lab/cluster"
READ = ClusterCoverage(notes=COMPLETE, tag_colors=COMPLETE)


def noted(text: str) -> Node:
    """Return a node with a note."""
    return node(description=text, coverage=NodeCoverage(notes=COMPLETE))


def state(*nodes: Node, name: str = "lab", **fields: Any) -> State:
    """Return the state of a cluster with a guest of three tags."""
    sound: dict[str, Any] = {
        "proxmox_name": "labcluster",
        "version": "9.2.11",
        "nodes": nodes or (noted("Rack 4\r\n"),),
        "guests": (vm(tags=("web", "Prod", "db")),),
        "description": "Ask Anna.",
        "tag_colors": (TagColor(name="Prod", color="aa0000"), TagColor(name="web", color="ff8800")),
        "coverage": READ,
    }
    return State.make(clusters=(Cluster(name=name, **(sound | fields)),))


def world(found: State | None = None, areas: Areas = ON) -> World:
    """Return a world without anything in NetBox."""
    return World(found or state(), policy(areas=areas))


def color(made: World, slug: str) -> Any:
    """Return the color of a tag."""
    return made.plan().changes and fields_of(made.plan(), f"tag:{slug}")["color"][1]


def test_colors_and_notes() -> None:
    """They are there from the first plan on; a tag without a color gets NetBox's own."""
    made = world()
    assert [color(made, slug) for slug in ("web", "prod", "db")] == ["ff8800", "aa0000", "9e9e9e"]
    assert fields_of(made.plan(), DEVICE)["comments"][1] == "Rack 4"
    assert fields_of(made.plan(), CLUSTER)["comments"][1] == "Ask Anna."
    made.settle()


def test_they_are_off_by_default() -> None:
    """A state that has them, as another configuration asked for them, changes nothing."""
    made = world(areas=Areas(plugin=False))
    assert "comments" not in fields_of(made.plan(), DEVICE)
    assert "comments" not in fields_of(made.plan(), CLUSTER)


def test_a_color_in_two_clusters() -> None:
    """The first cluster decides; a tag that NetBox has keeps its color."""
    second = state(name="other", tag_colors=(TagColor(name="web", color="0000ff"), TagColor(name="db", color="00ff00")))
    both = State.make(clusters=(*state().clusters, *second.clusters))
    sites = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC2"))
    made = World(both, policy(*sites, areas=ON))
    assert (color(made, "web"), color(made, "db")) == ("ff8800", "00ff00")
    made = world(state())
    made.settle()
    made.state = state(tag_colors=(TagColor(name="web", color="0000ff"),))
    assert made.plan().changes == ()


def test_a_map_without_case() -> None:
    """Where Proxmox ignores case its map may be written in any."""
    made = world(state(tag_colors=(TagColor(name="prod", color="aa0000"),)))
    assert color(made, "prod") == "aa0000"


def test_a_note_changes() -> None:
    """Ours follows Proxmox, also when it is emptied; one that a person wrote in NetBox stays."""
    made = world()
    made.settle()
    made.state = state(noted("Rack 5"), description="")
    assert summary(made.plan()) == [("update", CLUSTER, "changed-in-proxmox"), ("update", DEVICE, "changed-in-proxmox")]
    made.settle()
    row = made.find("device", "lab/node/pve1")
    made.rows["device"][row.id] = row.replace(fields={**row.fields, "comments": "mine"})
    made.state = state(noted("Rack 6"), description="")
    assert made.plan().changes == ()
    assert [item.field for item in made.plan().preserved] == ["comments"]


@pytest.mark.parametrize(
    "found",
    [
        state(node(coverage=NodeCoverage(notes=incomplete(Incomplete.FORBIDDEN))), description=""),
        state(offline(), description=""),
    ],
    ids=["forbidden", "offline"],
)
def test_what_was_not_read_stays(found: State) -> None:
    """A note that is not shown is not an empty one."""
    made = world()
    made.settle()
    silent = found.clusters[0].replace(
        tag_colors=(), coverage=ClusterCoverage(notes=incomplete(), tag_colors=incomplete())
    )
    made.state = State.make(clusters=(silent,))
    assert [line for line in summary(made.plan()) if "comments" in fields_of(made.plan(), line[1])] == []
    assert made.find("device", "lab/node/pve1").fields["comments"] == "Rack 4"
