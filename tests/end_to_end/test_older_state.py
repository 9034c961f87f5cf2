"""State files that are collected again, and plans from one that is older than NetBox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import Incomplete, State
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

OLD, NEW = "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def rewrite(path: Path, **changes: object) -> bytes:
    """Change what no digest covers, and return the file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path.read_bytes()


def staged(set_up: SetUp) -> Stage:
    """Return a stage with a small cluster."""
    return set_up(ClusterDescription.seeded(5, guests=4, nodes=1, name="lab"))


def test_a_state_that_did_not_change_keeps_its_file(set_up: SetUp) -> None:
    """So that Git shows only what changed; a file that is damaged is written anew."""
    stage = staged(set_up)
    path = stage.folder / "state.json"
    stage.good("collect")
    before = rewrite(path, collected={"lab": OLD})
    assert stage.run("collect").err == "state.json has this state already.\n"
    assert path.read_bytes() == before
    for damaged in (before[:-20], b"[]", before.replace(b'"qemu"', b'"lxc"')):
        path.write_bytes(damaged)
        assert stage.run("collect").err == "Wrote state.json.\n"
        assert read_document(path, State).collected["lab"] > OLD


@pytest.mark.slow
def test_a_plan_from_an_older_state(set_up: SetUp) -> None:
    """What was made since is left alone, and the plan shows how old its state is."""
    stage = staged(set_up)
    stage.settle()
    path = stage.folder / "state.json"
    state = read_document(path, State)
    (cluster,) = state.clusters
    fewer = state.remade(clusters=(cluster.replace(guests=cluster.guests[1:]),), collected={"lab": OLD})
    path.write_text(fewer.to_json())
    said = stage.good("plan", "--state", "state.json")
    plan = read_document(stage.folder / "plan.json", Plan)
    assert plan.changes == ()
    assert {item.reason for item in plan.deferred} >= {Incomplete.OLDER_STATE}
    assert f"State of Proxmox: {OLD}" in said
    path.write_text(fewer.remade(collected={"lab": NEW}).to_json())
    stage.good("plan", "--state", "state.json")
    assert read_document(stage.folder / "plan.json", Plan).changes
