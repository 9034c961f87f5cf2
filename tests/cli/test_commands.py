"""show, diff, validate and schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.cli.schema import SCHEMAS
from proxbox_plan.documents import write_document
from proxbox_plan.model.base import Document
from proxbox_plan.model.outcome import Result
from tests.builders import busy_plan, cluster, guest, outcome, state

Captured = pytest.CaptureFixture[str]
CONFIG = "clusters: [{name: lab, host: pve, site: DC1, user: a@pam, password: {env: NOT_SET}}]\n"


@pytest.mark.parametrize("document", [state(), busy_plan(), outcome(*Result)], ids=lambda document: document.KIND)
def test_show_shows_any_document(document: Document, tmp_path: Path, capsys: Captured) -> None:
    """As text without color, as Markdown, and as JSON the file itself."""
    path = tmp_path / "file.json"
    write_document(document, path)
    assert run(["show", str(path)]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert run(["show", "--markdown", str(path)]) == 0
    assert capsys.readouterr().out
    for arguments in (["--json"], ["--format", "json"]):
        assert run(["show", *arguments, str(path)]) == 0
        assert capsys.readouterr().out == path.read_text()


def test_show_of_what_is_no_document(tmp_path: Path, capsys: Captured) -> None:
    """One message with a hint; nothing on stdout."""
    (tmp_path / "x").write_text("{")
    assert run(["show", str(tmp_path / "x")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "is truncated" in captured.err
    assert "Hint: " in captured.err


def test_diff(tmp_path: Path, capsys: Captured) -> None:
    """0 without a difference; 2 with one, when that is asked for; JSON for programs."""
    before, after = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    write_document(state(), before)
    write_document(state(cluster(guests=(guest(100, name="front"), guest(101)))), after)
    assert run(["diff", before, before, "--detailed-exitcode"]) == 0
    assert capsys.readouterr().out == "No differences.\n"
    assert run(["diff", before, after]) == 0
    assert "name: web100 -> front" in capsys.readouterr().out
    assert run(["diff", before, after, "--detailed-exitcode", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["objects"][0]["sort"] == "renamed"
    assert run(["diff", before, after, "--markdown"]) == 0
    assert "\n### Differences: 1 renamed.\n" in capsys.readouterr().out


def test_diff_wants_states(tmp_path: Path, capsys: Captured) -> None:
    """A plan is refused, and its own command named."""
    write_document(busy_plan(), tmp_path / "plan.json")
    assert run(["diff", str(tmp_path / "plan.json"), str(tmp_path / "plan.json")]) == 1
    assert "`proxbox apply` reads it" in capsys.readouterr().err


def test_validate_says_what_it_understood(tmp_path: Path, capsys: Captured) -> None:
    """Without a secret, without a network."""
    (tmp_path / "proxbox.yaml").write_text(CONFIG)
    assert run(["validate", "-c", str(tmp_path / "proxbox.yaml")]) == 0
    out = capsys.readouterr().out
    assert "is valid." in out
    assert "Cluster lab at pve:8006\n    site DC1\n" in out
    assert run(["validate", "--json", "-c", str(tmp_path / "proxbox.yaml")]) == 0
    assert json.loads(capsys.readouterr().out)["policy"]["clusters"][0]["site"] == "DC1"


def test_validate_knows_the_kinds_of_the_mapping(tmp_path: Path, capsys: Captured) -> None:
    """A misspelt field is found before anything is planned with it."""
    (tmp_path / "proxbox.yaml").write_text(CONFIG + "owners: {virtual-machine: {nmae: netbox}}\n")
    assert run(["validate", "-c", str(tmp_path / "proxbox.yaml")]) == 1
    assert "proxbox.yaml:2:28: 'virtual-machine' has no field 'nmae'; did you mean 'name'?" in capsys.readouterr().err


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schema_prints_a_schema(kind: str, capsys: Captured) -> None:
    """One for every document and for the configuration."""
    assert run(["schema", kind]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_nothing_is_merged_without_a_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Said before anything is collected or planned."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxbox.yaml").write_text(CONFIG)
    assert run(["apply", "--merge", "--yes"]) == 1
    assert "Hint: Name it: --branch NAME --merge" in capsys.readouterr().err
