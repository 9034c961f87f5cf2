"""`proxbox lint`: from a state file or from Proxmox itself, with and without a configuration, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.lint.lint import Lint
from tests.builders import guest, nic, state
from tests.lint.lab import cluster

Captured = pytest.CaptureFixture[str]
CONFIG = """
clusters:
  - {name: lab, host: pve.example, site: DC1, token: {id: "a@pve!b", secret: {env: NONE}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the state of a guest without agent and one that does not start with its node."""
    monkeypatch.chdir(tmp_path)
    machines = (guest(100, onboot=True), guest(101, agent=True, nics=(nic(mac="BC:24:11:00:00:02"),), addresses=()))
    write_document(state(cluster(*machines)), tmp_path / "state.json")
    return tmp_path


def test_a_state_file_needs_no_configuration(capsys: Captured) -> None:
    """Each finding names its object, each rule says why it matters and what to do."""
    assert run(["lint", "state.json"]) == 0
    shown = capsys.readouterr().out
    assert "warning Virtual machine without guest agent (guest-agent-off): 1\n" in shown
    assert "    web100 (qemu/100 of lab on pve1): The guest agent is not enabled\n" in shown
    assert "    Why: " in shown
    assert "    Fix: " in shown
    assert "1 warning, 1 note in 2 guests of 1 cluster, 22 rules tried." in shown.splitlines()[-1]


def test_exit_codes(folder: Path) -> None:
    """2 when something counts, and only when that is asked for."""
    assert run(["lint", "state.json", "--detailed-exitcode"]) == 2
    (folder / "proxbox.yaml").write_text(CONFIG + "lint: {fail_on: error}\n")
    assert run(["lint", "state.json", "--detailed-exitcode"]) == 0
    write_document(state(cluster(guest(agent=True, onboot=True))), folder / "state.json")
    (folder / "proxbox.yaml").unlink()
    assert run(["lint", "state.json", "--detailed-exitcode"]) == 0


def test_the_configuration_is_used_when_there_is_one(folder: Path, capsys: Captured) -> None:
    """The usual file, or the one that is named, which must exist."""
    (folder / "proxbox.yaml").write_text(CONFIG + "lint: {rules: {guest-agent-off: {enabled: false}}}\n")
    assert run(["lint", "state.json"]) == 0
    assert "guest-agent-off" not in capsys.readouterr().out
    assert run(["lint", "state.json", "--config", "other.yaml"]) == 1
    assert "other.yaml" in capsys.readouterr().err


def test_without_anything_to_lint(capsys: Captured) -> None:
    """Neither a state nor a configuration."""
    assert run(["lint"]) == 1
    assert "proxbox.yaml: the file does not exist" in capsys.readouterr().err


def test_netbox_needs_a_configuration(folder: Path, capsys: Captured) -> None:
    """And a saved inventory takes its place."""
    assert run(["lint", "state.json", "--netbox"]) == 1
    assert "NetBox can be read only with a configuration" in capsys.readouterr().err
    inventory = Inventory.make(url="https://netbox.example.com", netbox_version="4.7.3", clusters=("lab",))
    write_document(inventory, folder / "inventory.json")
    assert run(["lint", "state.json", "--inventory", "inventory.json", "--netbox"]) == 1
    assert "Pass either --inventory or --netbox" in capsys.readouterr().err
    assert run(["lint", "state.json", "--inventory", "inventory.json"]) == 0
    assert "prefixes of NetBox of 1 object in lab: the inventory was read without them" in capsys.readouterr().out


def test_it_is_saved_and_shown_again(folder: Path, capsys: Captured) -> None:
    """As a document, which `show` shows the same way; one whose findings are of no rule is refused."""
    assert run(["lint", "state.json", "--out", "lint.json"]) == 0
    first = capsys.readouterr().out
    assert run(["show", "lint.json"]) == 0
    assert capsys.readouterr().out == first
    data = json.loads((folder / "lint.json").read_text())
    data["rules"] = []
    write_document(Lint.model_validate(data).remade(), folder / "forged.json")
    assert run(["show", "forged.json"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_several_states(folder: Path, capsys: Captured) -> None:
    """Of several sites, as one estate: addresses are compared across them."""
    write_document(state(cluster(guest(100, agent=True, onboot=True), name="other")), folder / "other.json")
    assert run(["lint", "state.json", "other.json"]) == 0
    assert "web100 (qemu/100 of lab, net0), web100 (qemu/100 of other, net0)" in capsys.readouterr().out


def test_the_same_state_gives_the_same_bytes(folder: Path) -> None:
    """No clock is in it."""
    for name in ("a.json", "b.json"):
        assert run(["lint", "state.json", "--out", name]) == 0
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()
    assert read_document(folder / "a.json", Lint).guests == 2
