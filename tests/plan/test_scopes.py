"""What people scoped a cluster to: which one is taken over, and whom NetBox then takes into it."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import ClusterPolicy, NodeRule, Rule
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import State
from proxbox_plan.plan import desire, lookups_of, match
from tests.plan.lab import lab, vm, world
from tests.plan.world import World, policy

CLUSTER = "cluster:lab/cluster"


def documented(scope: str, **options: Any) -> World:
    """Return a NetBox with regions, groups and sites, and a cluster that people scoped to one of these."""
    made = World(lab(vm()), options.pop("policy", policy()))
    ref = made.ref
    europe = made.add("region", "Europe", slug="europe")
    north = made.add("region", "North", slug="north", parent=ref("region", europe.id))
    south = made.add("region", "South", slug="south", parent=ref("region", europe.id))
    campus = made.add("site-group", "Campus", slug="campus")
    sites = {
        name: made.add("site", name, slug=name.lower(), status="active", region=ref("region", region.id), **more)
        for name, region, more in (
            ("DC1", north, {"group": ref("site-group", campus.id)}),
            ("DC2", south, {}),
        )
    }
    rooms = {
        name: made.add("location", name, slug=name.lower(), site=ref("site", sites[site].id))
        for name, site in (("Room1", "DC1"), ("Room2", "DC2"))
    }
    places = {
        "Europe": ("region", europe),
        "North": ("region", north),
        "South": ("region", south),
        "Campus": ("site-group", campus),
        "DC1": ("site", sites["DC1"]),
        "DC2": ("site", sites["DC2"]),
        "Room1": ("location", rooms["Room1"]),
        "Room2": ("location", rooms["Room2"]),
    }
    kind, row = places[scope]
    made.add("cluster", "labcluster", scope=ref(kind, row.id), status="active")
    return made


@pytest.mark.parametrize("scope", ["DC1", "North", "Europe", "Campus"])
def test_a_cluster_at_the_site_or_around_it(scope: str) -> None:
    """D11: it is taken over, and its scope stays what people said."""
    made = documented(scope)
    plan = made.apply()
    change = next(change for change in plan.changes if change.address == CLUSTER)
    assert (change.action, {item.field for item in change.fields} & {"scope"}) == (Action.ADOPT, set())
    assert plan.problems == ()
    assert made.find("cluster", "lab/cluster").fields["scope"]["name"] == scope
    made.settle()


@pytest.mark.parametrize("scope", ["DC2", "South", "Room2"])
def test_a_cluster_elsewhere(scope: str) -> None:
    """It is another one that only has the same name."""
    made = documented(scope)
    change = next(change for change in made.plan().changes if change.address == CLUSTER)
    assert change.action is Action.CREATE
    made.settle()


def test_a_cluster_in_a_location_of_the_site() -> None:
    """NetBox takes only devices of that location: the nodes come without their cluster, and the guests without node."""
    made = documented("Room1")
    plan = made.apply()
    (problem,) = plan.problems
    assert (problem.code, problem.address) == (ProblemCode.NOT_ALLOWED, CLUSTER)
    assert "is scoped to the location 'Room1'" in problem.message
    assert "pve1, pve2" in problem.message
    assert made.find("device", "lab/node/pve1").fields.get("cluster") is None
    guest = made.find("virtual-machine", "lab/qemu/100").fields
    assert (guest["cluster"]["name"], guest.get("device")) == ("labcluster", None)
    assert made.plan().changes == ()


def test_nodes_in_the_location_of_their_cluster() -> None:
    """A rule gives it to them, and nothing is missing."""
    rule = NodeRule.model_validate({"set": {"location": "Room1"}})
    made = documented("Room1", policy=policy(node_rules=(rule,)))
    assert made.apply().problems == ()
    assert made.find("virtual-machine", "lab/qemu/100").fields["device"]["name"] == "pve1"
    made.settle()


def stretched(**cluster: Any) -> World:
    """Return a cluster with a node and a guest at another site."""
    rules = (NodeRule.model_validate({"when": {"name": "pve2"}, "set": {"site": "DC2"}}),)
    guests = (Rule.model_validate({"when": {"node": "pve2"}, "set": {"site": "DC2"}}),)
    where = ClusterPolicy(name="lab", site="DC1", **cluster)
    return World(lab(vm(100), vm(101, node="pve2")), policy(where, node_rules=rules, rules=guests))


def test_a_stretched_cluster_is_foreseen() -> None:
    """D14: NetBox takes no node of another site into a cluster that is scoped to one."""
    made = stretched()
    plan = made.apply()
    (problem,) = plan.problems
    assert "is scoped to the site 'DC1'" in problem.message
    assert "pve2, vm-101" in problem.message
    assert "`cluster_scope: none`" in problem.hint
    assert made.find("device", "lab/node/pve1").fields["cluster"]["name"] == "labcluster"
    assert made.find("device", "lab/node/pve2").fields.get("cluster") is None
    assert made.plan().changes == ()


def test_a_stretched_cluster_without_a_scope() -> None:
    """Its nodes are where they are."""
    made = stretched(cluster_scope="none")
    assert made.apply().problems == ()
    assert made.find("cluster", "lab/cluster").fields.get("scope") is None
    assert made.find("device", "lab/node/pve2").fields["cluster"]["name"] == "labcluster"
    assert made.find("virtual-machine", "lab/qemu/101").fields["site"]["name"] == "DC2"
    made.settle()


def test_a_cluster_that_moves_to_another_site_takes_all_along() -> None:
    """What we set ourselves follows the configuration."""
    made = world()
    made.policy = policy(ClusterPolicy(name="lab", site="DC2"))
    assert made.apply().problems == ()
    assert made.find("virtual-machine", "lab/qemu/100").fields["site"]["name"] == "DC2"


@pytest.mark.parametrize(("scope", "steps"), [("DC1", 0), ("Europe", 2), ("North", 1), ("Campus", 1), ("Room1", 1)])
def test_areas_are_asked_for_only_where_a_cluster_is_scoped_to_one(scope: str, steps: int) -> None:
    """Up the tree, until the scope is found."""
    made = documented(scope)
    kinds = {"region", "site-group", "location"}
    known = {kind: made.rows.pop(kind) for kind in kinds}
    for _ in range(steps):
        asked = [item for item in questions(made) if item.kind in kinds]
        assert len(asked) == 1
        number = int(asked[0].value)
        made.rows.setdefault(asked[0].kind, {})[number] = known[asked[0].kind][number]
    assert [item for item in questions(made) if item.kind in kinds] == []
    assert match(desire(made.state, made.inventory, made.policy)).rows.keys() >= {CLUSTER}


@pytest.mark.parametrize("scope", ["DC2", "South", "Room2"])
def test_nothing_more_is_asked_of_a_cluster_elsewhere(scope: str) -> None:
    """The tree has been climbed to its root."""
    assert [item for item in questions(documented(scope)) if item.kind in {"region", "site-group"}] == []


def test_nothing_is_asked_of_a_cluster_that_is_ours() -> None:
    """Only people's clusters may be the new one: one with a key of ours is another, whatever its scope."""
    made = documented(
        "North", policy=policy(ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="new", site="DC1"))
    )
    made.settle()
    first = made.state.clusters[0]
    made.state = State.make(clusters=(first, first.replace(name="new", proxmox_name="newcluster", guests=())))
    made.rows.pop("region")
    assert [item for item in questions(made) if item.kind == "region"] == []


def questions(made: World) -> tuple[Lookup, ...]:
    """Return what the planner would ask NetBox."""
    return lookups_of(match(desire(made.state, made.inventory, made.policy)))
