"""validate: mapping tests, explanations, and mistakes in templates with their place."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.documents import write_document
from scripts.pages import mapping_tests
from tests.plan import lab

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the documentation's example of a configuration and its mapping tests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxbox.yaml").write_text(mapping_tests.CONFIG)
    (tmp_path / "mapping-tests").mkdir()
    (tmp_path / "mapping-tests" / "a.yaml").write_text(mapping_tests.TESTS)
    return tmp_path


def test_the_documented_mapping_tests_pass(folder: Path, capsys: Captured) -> None:
    """Those beside the configuration are run by themselves, wherever the command is started."""
    assert run(["validate"]) == 0
    assert capsys.readouterr().out.endswith("3 mapping tests: 3 passed, 0 failed.\n")
    assert run(["validate", "-c", str(folder / "proxbox.yaml"), "--json"]) == 0
    assert [item["failures"] for item in json.loads(capsys.readouterr().out)["tests"]] == [[], [], []]


@pytest.mark.usefixtures("folder")
def test_a_test_that_fails(capsys: Captured) -> None:
    """It ends with 1, says what differs with file and line, and so does the JUnit file."""
    Path("other.yaml").write_text(
        "tests:\n  - name: one <&>\n    guest: {name: prod-db9}\n    expect:\n      virtual-machine:\n"
        "        role: Web\n"
    )
    assert run(["validate", "--tests", "o*.yaml", "--junit", "j.xml"]) == 1
    out = capsys.readouterr().out
    assert "FAILED other.yaml:2: one <&>\n    other.yaml:6: role: expected Web, got Database\n" in out
    assert "1 mapping test: 0 passed, 1 failed." in out
    case = ET.parse("j.xml").getroot().find("testsuite/testcase")  # noqa: S314 - we wrote it
    assert case is not None
    assert case.get("name") == "one <&>"
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "other.yaml:6: role: expected Web, got Database"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tests: [{name: a, gest: {}}]", "bad.yaml:1:19: unknown key 'gest' in tests[0]; did you mean 'guest'?"),
        ("tests: [{name: a, guest: {vmid: x}, absent: [vlan]}]", "bad.yaml:1:33: tests[0].guest.vmid must be a whole"),
        ("tests: [{name: a, guest: {}}]", "bad.yaml:1:9: tests[0] must have `expect` or `absent`"),
        ("- a", "bad.yaml:1:1: is empty or not a mapping"),
        ("a: [", "bad.yaml:1:5: is not valid YAML"),
    ],
)
def test_a_file_that_is_no_mapping_test(text: str, message: str, capsys: Captured) -> None:
    """An error with line and column, as in the configuration."""
    Path("bad.yaml").write_text(text)
    assert run(["validate", "--tests", "bad.yaml"]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_tests_that_are_asked_for_must_be_there(capsys: Captured) -> None:
    """A pattern that matches nothing would pass for ever."""
    assert run(["validate", "--tests", "nothing/*.yaml"]) == 1
    assert "No file matches 'nothing/*.yaml'" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_explain(capsys: Captured) -> None:
    """Which rule, with file and line, or which default; for people and for programs."""
    write_document(lab.lab(lab.vm(name="prod-db1")), "state.json")
    assert run(["validate", "--explain", "prod-db1"]) == 0
    out = capsys.readouterr().out
    assert "  role      Database  (proxbox.yaml:8, rule 1 of all clusters)\n" in out
    assert "  site      DC1  (default: the cluster's site)\n" in out
    assert "    proxbox.yaml:13 rule 2 of all clusters: no: pool (none) is not sales\n" in out
    assert run(["validate", "--explain", "lab/node/pve1", "--json"]) == 0
    (device,) = json.loads(capsys.readouterr().out)
    assert [item["value"] for item in device["values"] if item["origin"]] == ["EPYC server"]
    assert run(["validate", "--explain", "no-such"]) == 1
    assert "The state has no guest, node, cluster or address 'no-such'" in capsys.readouterr().err
    assert run(["validate", "--explain", "x", "--state", "nowhere.json"]) == 1


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ('rules:\n  - set: {role: "{{ guest.nmae }}"}', "17: the template reads guest.nmae, which does not exist"),
        ('rules:\n  - set: {tags: [a, "{% x %}"]}', "21: is not a template: Encountered unknown tag 'x'"),
        ('rules:\n  - set: {custom_fields: {a: "{{"}}', "30: is not a template: "),
        ('node_rules:\n  - set: {name: "{{ guest.name }}"}', "17: the template reads guest.name"),
        ('cluster_rules:\n  - set: {site: "{{ match.x }}"}', "17: the template reads match.x"),
    ],
)
def test_a_template_that_is_wrong_is_named_with_its_place(
    rules: str, place: str, tmp_path: Path, capsys: Captured
) -> None:
    """Before anything is planned with it."""
    base = mapping_tests.CONFIG.partition("rules:")[0] + "#\n" * 9
    (tmp_path / "proxbox.yaml").write_text(f"{base}{rules}\n")
    assert run(["validate", "-c", str(tmp_path / "proxbox.yaml")]) == 1
    line = rules.count("\n") + base.count("\n") + 1
    assert f"proxbox.yaml:{line}:{place}" in capsys.readouterr().err


def test_files_that_this_machine_does_not_have(folder: Path, capsys: Captured) -> None:
    """They may be there where it applies, so that is a warning; the first apply would have told it."""
    (folder / "proxbox.yaml").write_text(
        mapping_tests.CONFIG + "\napply: {require_approvals: 1, allowed_signers: nowhere}\n"
    )
    assert run(["validate"]) == 0
    assert f"apply.allowed_signers: the file {Path('nowhere')} does not exist" in capsys.readouterr().err
    (folder / "nowhere").touch()
    assert run(["validate"]) == 0
    assert capsys.readouterr().err == ""
