"""`--events`: what a command does, as lines of JSON for programs, while it does it."""

from __future__ import annotations

import json
import stat
from typing import Any

import jsonschema
import pytest

from proxbox_plan.api import schema as schema_of
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

Fake = tuple[SetUp, FakeNetBoxThread]


@pytest.fixture
def stage(fake: Fake) -> Stage:
    """Give a cluster of four guests and an empty NetBox."""
    return fake[0](ClusterDescription.seeded(3, guests=4, nodes=1, name="lab"))


def events(stage: Stage, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Run a command with `--events FILE` and return them, each as its schema says."""
    said = stage.run(*arguments, "--events", "events.jsonl")
    assert said.code == code, said
    lines = (stage.folder / "events.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    validator = jsonschema.Draft202012Validator(schema_of("event"))
    for event in found:
        validator.validate(event)
    return found


def test_collect_plan_apply(stage: Stage) -> None:
    """Each stage starts, moves on and ends with a summary; a plan's changes and their results have their address."""
    collected = events(stage, "collect")
    assert collected[0]["event"] == "started"
    assert [event["done"] for event in collected if event["event"] == "progress"] == list(range(1, len(collected) - 1))
    assert collected[-1] | {"at": ""} == {
        "event": "summary",
        "stage": "collect",
        "at": "",
        "message": "1 cluster, 4 guests. Complete.",
    }
    planned = events(stage, "plan", "--state", "state.json")
    assert {event["stage"] for event in planned} == {"read", "plan"}
    addresses = [event["address"] for event in planned if event["event"] == "planned"]
    assert planned[-1]["total"] == len(addresses) > 20
    applied = events(stage, "apply", "plan.json")
    assert sorted(event["address"] for event in applied if event["event"] == "done") == sorted(addresses)
    assert all(event["netbox_id"] for event in applied if event["event"] == "done")
    assert (applied[-1]["event"], applied[-1]["done"]) == ("summary", len(addresses))


def test_what_fails_says_why(stage: Stage, fake: Fake) -> None:
    """In NetBox's words, and the error the command ends with."""
    stage.plan()
    refusal = Fault(status=400, body=[{"name": ["no such thing"]}])
    fake[1].fake.faults = lambda record: refusal if "virtual-disks" in record.path and record.method == "POST" else None
    found = events(stage, "apply", "plan.json", code=5)
    failed = [event for event in found if event["event"] == "failed"]
    assert {(event["result"], event["kind"]) for event in failed} == {("failed", "virtual-disk")}
    assert "no such thing" in failed[0]["message"]
    assert (found[-1]["event"], found[-1]["exit_code"]) == ("error", 5)


def test_to_stdout_the_report_goes_to_stderr(stage: Stage) -> None:
    """So that a program can read one line after the other."""
    said = stage.run("collect", "--events", "-")
    assert all(json.loads(line)["event"] for line in said.out.splitlines())
    assert "guests. Complete." in said.err


def test_only_its_owner_reads_them(stage: Stage) -> None:
    """They name what changes, as a plan does; and no token."""
    (stage.folder / "events.jsonl").touch(mode=0o644)
    events(stage, "plan")
    path = stage.folder / "events.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stage.netbox_token.rpartition(".")[2] not in path.read_text()


def test_no_room_for_them(stage: Stage) -> None:
    """The command goes on without them, and says so once."""
    stage.plan()
    said = stage.run("apply", "plan.json", "--events", "/dev/full")
    assert said.code == 0, said
    assert said.err.count("Events are no longer written: No space left on device") == 1


def test_a_place_that_can_t_be_written(stage: Stage) -> None:
    """Is an error before anything is done."""
    said = stage.run("collect", "--events", "nowhere/events.jsonl")
    assert said.code == 1
    assert "Cannot write the events to nowhere/events.jsonl" in said.err
    assert not (stage.folder / "state.json").exists()
