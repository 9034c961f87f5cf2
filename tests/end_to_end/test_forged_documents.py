"""Documents that were edited and sealed anew, and keys that were edited in NetBox: an error in words, never a bug."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document
from proxbox_plan.documents.registry import DOCUMENTS
from proxbox_plan.mapping.estate.claims import is_given
from proxbox_plan.model.base import digest_of
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.problem import ProblemCode
from tests.cases import sample
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.test_everyday_changes import one_guest

MACHINES = "virtualization/virtual-machines"


def edited(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit a document and seal it anew."""
    data = json.loads(path.read_text())
    edit(data)
    unsealed = DOCUMENTS[data["kind"]].UNSEALED
    data["digest"] = digest_of({name: value for name, value in data.items() if name not in unsealed})
    path.write_text(json.dumps(data))


def one_result_less(data: dict[str, Any]) -> None:
    """Drop a result."""
    data["results"].pop()


def another_kind(data: dict[str, Any]) -> None:
    """Name a kind that does not exist."""
    data["changes"][0]["kind"] = "ghost"


def another_field(data: dict[str, Any]) -> None:
    """Name a field that does not exist."""
    next(change for change in data["changes"] if change["fields"])["fields"][0]["field"] = "ghost"


@pytest.mark.covering
@pytest.mark.parametrize("edit", sample([one_result_less, another_kind, another_field]))
def test_an_outcome_that_no_apply_writes(set_up: SetUp, edit: Callable[[dict[str, Any]], None]) -> None:
    """It cannot be undone, which is said."""
    stage = set_up(one_guest())
    stage.plan()
    stage.apply()
    edited(stage.folder / "plan.outcome.json", edit)
    said = stage.run("undo", "plan.outcome.json")
    assert said.code == 1
    assert "The outcome cannot be undone: " in said.err
    assert "bug" not in said.err


@pytest.mark.parametrize("version", sample(["", "4", "x.y", "4.x"]))
def test_an_inventory_without_a_version(set_up: SetUp, version: str) -> None:
    """It is no inventory."""
    stage = set_up(one_guest())
    stage.plan("--save-inventory", "inventory.json")
    edited(stage.folder / "inventory.json", lambda data: data.update(netbox_version=version))
    said = stage.run("plan", "--state", "state.json", "--inventory", "inventory.json")
    assert said.code == 1
    assert "is not a version of NetBox" in said.err
    assert "bug" not in said.err


@pytest.mark.covering
@pytest.mark.parametrize("key", sample(["lab/qemu/abc", "lab/qemu/900\n", "lab/qemu/900/net0", "lab/node/pve1"]))
def test_a_key_that_was_edited(fake: tuple[SetUp, FakeNetBoxThread], key: str) -> None:
    """What is the key of no guest is no proof that the guest is gone: its machine is named and left alone."""
    stage = fake[0](one_guest())
    stage.configure(rest="mapping: {create_sites: true}\non_missing: {virtual-machine: delete}")
    stage.settle()
    (row,) = stage.netbox(MACHINES, name="app")
    table = fake[1].fake.store.tables["virtualization.virtualmachine"]
    stored = table.rows[row["id"]]
    table.rows[row["id"]] = {**stored, "custom_fields": {**stored["custom_fields"], "proxbox_key": key}}
    stage.good("plan", "--state", "state.json")
    plan = read_document(stage.folder / "plan.json", Plan)
    assert [change for change in plan.changes if change.target_id == row["id"]] == []
    assert (ProblemCode.COPIED_KEY, f"virtual-machine:{key}") in {(item.code, item.address) for item in plan.problems}


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("virtual-machine:lab/qemu/900", True),
        ("virtual-machine:lab/lxc/900~a1b2", True),
        ("device:lab/node/pve1", True),
        ("vm-interface:lab/qemu/900/net0", True),
        ("vm-interface:lab/qemu/x/net0", False),
        ("device:lab/qemu/900", False),
        ("vlan:lab/vlan/10", True),
    ],
)
def test_which_keys_are_given(address: str, given: bool) -> None:  # noqa: FBT001 # a parameter of a test
    """Those of guests and nodes have a form of their own."""
    assert is_given(Address(address)) is given


@pytest.mark.covering
def test_an_expectation_of_a_plan_that_is_only_merged(set_up: SetUp) -> None:
    """Its outcome is complete, so that nothing is applied: the branch is merged for the reviewed changes only."""
    stage = set_up(one_guest())
    stage.plan()
    stage.apply()
    plan_path, outcome_path = stage.folder / "plan.json", stage.folder / "plan.outcome.json"
    edited(plan_path, lambda data: data["binding"].update(branch={"name": "sync", "schema_id": "abcdefgh"}))
    digest = json.loads(plan_path.read_text())["digest"]
    edited(outcome_path, lambda data: data.update(plan_digest=digest))
    for option in ("--merge", "--resume"):
        said = stage.run("apply", "plan.json", option, "--expect", "sha256:0")
        assert said.code == 4
        assert "not 'sha256:0' as expected" in said.err
    assert stage.run("apply", "plan.json", "--resume", "--expect", changes_digest(plan_path)).code == 0


def changes_digest(path: Path) -> str:
    """Return the digest of a plan's changes, as its file has it."""
    return str(json.loads(path.read_text())["changes_digest"])


def test_an_expectation_that_is_empty(set_up: SetUp) -> None:
    """A variable that a pipeline failed to set is no digest: it must not mean that any change will do."""
    stage = set_up(one_guest())
    stage.plan()
    said = stage.run("apply", "plan.json", "--expect", "")
    assert said.code == 4
    assert stage.netbox(MACHINES) == []
