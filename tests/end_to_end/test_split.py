"""Estates in pieces: a collector per site, one plan of several states, or a plan per cluster in a CI matrix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoNode
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_moves import guest


@pytest.fixture
def stage(set_up: SetUp) -> Iterator[Stage]:
    """Give two clusters of which NetBox knows nothing, and the state of each in a file of its own."""
    lab = ClusterDescription(name="lab", nodes={"pve1": DemoNode("pve1", 1)})
    other = ClusterDescription(name="other", nodes={"px1": DemoNode("px1", 9)})
    lab.add_guest(guest(900, "pve1", "app", 0, 1))
    lab.add_guest(guest(901, "pve1", "db", 0))
    other.add_guest(guest(500, "px1", "mail", 0))
    with ExitStack() as stack:
        made = set_up(lab)
        made.configure_two(stack.enter_context(ClusterServer(other)))
        for name in ("lab", "other"):
            made.good("collect", "--cluster", name, "--out", f"{name}.json")
        yield made


@pytest.mark.covering
def test_several_states_are_one_plan(stage: Stage) -> None:
    """Collected apart, planned together: the same plan as of both clusters collected at once."""
    stage.good("plan", "--state", "other.json", "--state", "lab.json", "--out", "both.json")
    stage.plan()
    assert read_document(stage.folder / "both.json", Plan).id == read_document(stage.folder / "plan.json", Plan).id


def test_a_cluster_in_two_states_is_an_error(stage: Stage) -> None:
    """Which one is right cannot be known."""
    said = stage.run("plan", "--state", "lab.json", "--state", "lab.json")
    assert said.code == 1
    assert "The cluster 'lab' is in both lab.json and lab.json" in said.err
    assert not (stage.folder / "plan.json").exists()


@pytest.mark.slow
def test_plans_per_cluster_are_applied_one_after_the_other(stage: Stage) -> None:
    """Both were made of a NetBox without any of it, so both create what all share; the second finds it there."""
    stage.ask("POST", "dcim/sites/", {"name": "Somewhere", "slug": "somewhere"})  # so that its changelog has an entry
    for name in ("lab", "other"):
        stage.good("plan", "--state", f"{name}.json", "--out", f"plan-{name}.json")
    for name in ("lab", "other"):
        stage.good("apply", f"plan-{name}.json", "--lock-timeout", "60")
    assert "another plan made it" in stage.good("show", "plan-other.outcome.json", "--verbose")
    assert stage.plan().changes == ()


def test_a_target_reads_only_the_clusters_it_is_about(stage: Stage) -> None:
    """One of the two cannot be reached, and is not asked."""
    stage.environ["OTHER_TOKEN"] = "wrong"
    assert stage.run("plan").code == 1
    out = stage.good("plan", "--target", "lab")
    assert "Partial plan" in out
    assert read_document(stage.folder / "plan.json", Plan).clusters == ("lab",)


@pytest.mark.slow
def test_a_part_is_applied_and_the_rest_follows(stage: Stage) -> None:
    """One guest first, then all of its cluster but its disks, then everything."""
    for words in (("--target", "app"), ("--target", "lab", "--exclude", "virtual-disk"), ()):
        stage.good("plan", "--state", "lab.json", "--state", "other.json", *words)
        stage.apply()
    assert stage.plan().changes == ()


def test_what_there_is_not_writes_no_plan(stage: Stage) -> None:
    """A typing error is not an empty plan."""
    said = stage.run("plan", "--state", "lab.json", "--target", "no-such-guest")
    assert (said.code, (stage.folder / "plan.json").exists()) == (1, False)
    assert "No kind, cluster, node or guest is called 'no-such-guest'" in said.err
