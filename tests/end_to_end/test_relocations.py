"""A cluster that moves to another site: NetBox compares its place with that of all that is in it, at each write."""

from __future__ import annotations

import re
from typing import Any

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

pytestmark = pytest.mark.covering

CLUSTER, NODE = "cluster:lab/cluster", "device:lab/node/pve1"
FORCE = "--force-limit"  # all machines change


def moving(set_up: SetUp) -> Stage:
    """Return a settled stage, whose cluster the configuration then has at another site."""
    stage = set_up(one_guest())
    for name in ("DC1", "DC2"):
        stage.ask("POST", "dcim/sites/", {"name": name, "slug": name.lower()})
    stage.configure()
    stage.settle()
    config = stage.folder / "proxbox.yaml"
    config.write_text(config.read_text().replace("site: DC1", "site: DC2"))
    return stage


def sites(stage: Stage) -> set[str]:
    """Return the sites at which the cluster, its nodes and its machines are."""
    scopes = [row["scope"]["name"] for row in stage.netbox("virtualization/clusters")]
    rows = [*stage.netbox("dcim/devices"), *stage.netbox("virtualization/virtual-machines")]
    return {*scopes, *(row["site"]["name"] for row in rows)}


def row(stage: Stage, path: str, name: str) -> dict[str, Any]:
    """Return the NetBox object of that name."""
    return next(row for row in stage.netbox(path) if row["name"] == name)


def said(plan: Plan) -> dict[str, str]:
    """Return what is said of each object."""
    return {str(problem.address): problem.message for problem in plan.problems}


@on_each_version
def test_it_takes_all_along_and_back(set_up: SetUp) -> None:
    """The cluster is without a place meanwhile; one plan, one apply, and one undo."""
    stage = moving(set_up)
    plan = stage.plan(FORCE)
    assert plan.problems == ()
    places = [item.after for change in plan.changes for item in change.fields if item.field == "scope"]
    assert places[0] is None
    assert len(places) == 2
    stage.apply(FORCE)
    assert sites(stage) == {"DC2"}
    assert stage.plan().changes == ()
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json", FORCE)
    assert sites(stage) == {"DC1"}


def test_an_apply_that_dies_half_way(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Wherever it stops, the next plan brings the rest."""
    set_up, netbox = fake
    stage = moving(set_up)
    plan = stage.plan(FORCE)
    begun = len(netbox.fake.requests)
    stage.apply(FORCE)
    writes = [item.index for item in netbox.fake.requests[begun:] if item.method == "PATCH"]
    assert len(writes) > 3
    assert len(plan.changes) > 10
    config = stage.folder / "proxbox.yaml"
    for number in range(len(writes)):
        there = "DC1" if number % 2 == 0 else "DC2"
        config.write_text(config.read_text().replace("site: DC2" if there == "DC1" else "site: DC1", f"site: {there}"))
        stage.plan(FORCE)
        done = 0

        def dying(record: Any, number: int = number) -> Fault | None:
            nonlocal done
            done += record.method == "PATCH"
            return Fault(status=503) if done > number else None

        netbox.fake.faults = dying
        assert stage.run("apply", "plan.json", FORCE).code != 0
        netbox.fake.faults = None
        stage.plan(FORCE)
        again = stage.run("apply", "plan.json", FORCE)
        if left := re.search(r"proxbox unlock (\w+)", again.err):
            stage.good("unlock", left[1])
            stage.apply(FORCE)
        assert sites(stage) == {there}
        assert stage.plan().changes == ()


@on_each_version
def test_a_device_of_people_that_stays(set_up: SetUp) -> None:
    """NetBox refuses the new place of a cluster while one in it is elsewhere: all stays, and the plan says why."""
    stage = moving(set_up)
    cluster, node = row(stage, "virtualization/clusters", "lab"), row(stage, "dcim/devices", "pve1")
    body = {name: node[name]["id"] for name in ("site", "role", "device_type")}
    stage.ask("POST", "dcim/devices/", {**body, "name": "backup server", "cluster": cluster["id"]})
    plan = stage.plan()
    assert "backup server" in said(plan)[CLUSTER]
    assert plan.changes == ()
    assert sites(stage) == {"DC1"}


@on_each_version
def test_a_machine_that_people_put_at_its_site(set_up: SetUp) -> None:
    """It would take no change any more once its cluster is elsewhere."""
    stage = moving(set_up)
    machine = row(stage, "virtualization/virtual-machines", "app")
    stage.ask("POST", "extras/tags/", {"name": "proxbox-ignore", "slug": "proxbox-ignore"})
    tags = [{"slug": slug} for slug in ("proxbox-ignore", *(tag["slug"] for tag in machine["tags"]))]
    stage.ask("PATCH", f"virtualization/virtual-machines/{machine['id']}/", {"tags": tags})
    plan = stage.plan()
    assert "app" in said(plan)[CLUSTER]
    assert plan.changes == ()


@on_each_version
def test_a_node_that_leaves_its_guests_behind(set_up: SetUp) -> None:
    """Without a scope nothing binds the cluster; but a machine is at the site of its node."""
    stage = set_up(one_guest())
    for name in ("DC1", "DC2"):
        stage.ask("POST", "dcim/sites/", {"name": name, "slug": name.lower()})
    stage.configure(cluster="    cluster_scope: none")
    stage.settle()
    rules = "include: [rules.yaml]\nmapping: {create_sites: true}"
    stage.configure(cluster="    cluster_scope: none", rest=rules)
    (stage.folder / "rules.yaml").write_text("node_rules: [{when: {name: pve1}, set: {site: DC2}}]\n")
    plan = stage.plan()
    assert "app" in said(plan)[NODE]
    assert plan.changes == ()
    with (stage.folder / "rules.yaml").open("a") as file:
        file.write("rules: [{when: {node: pve1}, set: {site: DC2}}]\n")
    plan = stage.plan(FORCE)
    assert plan.problems == ()
    stage.apply(FORCE)
    assert row(stage, "virtualization/virtual-machines", "app")["site"]["name"] == "DC2"
    assert stage.plan().changes == ()


@on_each_version
def test_a_machine_of_people_on_a_node(set_up: SetUp) -> None:
    """NetBox would take no change of it any more, once its node is elsewhere."""
    stage = moving(set_up)
    config = stage.folder / "proxbox.yaml"
    config.write_text(config.read_text().replace("site: DC2", "site: DC1\n    cluster_scope: none"))
    cluster, node = row(stage, "virtualization/clusters", "lab"), row(stage, "dcim/devices", "pve1")
    stage.ask("PATCH", f"virtualization/clusters/{cluster['id']}/", {"scope_type": None, "scope_id": None})
    body = {"cluster": cluster["id"], "device": node["id"], "site": node["site"]["id"], "status": "active"}
    own = stage.ask("POST", "virtualization/virtual-machines/", {"name": "own", **body})
    config.write_text(config.read_text().replace("site: DC1", "site: DC2"))
    plan = stage.plan(FORCE)
    assert "own" in said(plan)[NODE]
    stage.apply(FORCE)
    stage.ask("PATCH", f"virtualization/virtual-machines/{own['id']}/", {"comments": "still mine"})
    assert stage.plan(FORCE).changes == ()


@on_each_version
def test_a_scope_that_the_configuration_takes_back(set_up: SetUp) -> None:
    """And gives again: the scope is ours."""
    stage = moving(set_up)
    config = stage.folder / "proxbox.yaml"
    for line, scope in (("site: DC2\n    cluster_scope: none", None), ("site: DC2", "DC2")):
        text = config.read_text().replace("site: DC2\n    cluster_scope: none", "site: DC2")
        config.write_text(text.replace("site: DC2", line))
        assert stage.plan(FORCE).problems == ()
        stage.apply(FORCE)
        found = row(stage, "virtualization/clusters", "lab")["scope"]
        assert (found and found["name"]) == scope
        assert stage.plan().changes == ()


@on_each_version
def test_an_undo_after_people_put_a_device_there(set_up: SetUp) -> None:
    """NetBox would refuse it half-way: all stays, and the undo says why."""
    stage = moving(set_up)
    stage.plan(FORCE)
    stage.apply(FORCE)
    cluster, node = row(stage, "virtualization/clusters", "lab"), row(stage, "dcim/devices", "pve1")
    body = {name: node[name]["id"] for name in ("site", "role", "device_type")}
    stage.ask("POST", "dcim/devices/", {**body, "name": "backup server", "cluster": cluster["id"]})
    stage.good("undo", "plan.outcome.json")
    undo = read_document(stage.folder / "undo.json", Plan)
    assert "backup server" in said(undo)[CLUSTER]
    stage.good("apply", "undo.json", FORCE)
    assert sites(stage) == {"DC2"}
