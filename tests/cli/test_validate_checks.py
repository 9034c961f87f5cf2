"""validate: checks and check tests, with the place of every mistake."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from proxbox_plan.cli.main import run
from scripts.pages import checks

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the documentation's configuration, shared checks and check tests."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("proxbox.yaml", checks.CONFIG),
        ("checks/machines.yaml", checks.SHARED),
        ("check-tests/machines.yaml", checks.TESTS_FILE),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_documented_checks_and_their_tests(capsys: Captured) -> None:
    """They are counted by severity, and their tests pass."""
    assert run(["validate"]) == 0
    out = capsys.readouterr().out
    assert "\nChecks: advisory 1, deny 1, require 1\n" in out
    assert out.endswith("2 check tests: 2 passed, 0 failed.\n")
    assert run(["validate", "--json"]) == 0
    assert [item["sort"] for item in json.loads(capsys.readouterr().out)["tests"]] == ["check", "check"]


def test_a_mistake_in_a_shared_file(capsys: Captured) -> None:
    """Every mistake of every file, with its line, its key and the check; whatever command meets it first."""
    shared = Path("checks/machines.yaml")
    shared.write_text(shared.read_text().replace("memory.before", "memroy.before").replace('"device"', '"devce"'))
    for command in (["validate"], ["plan"], ["apply", "plan.json"]):
        assert run(command) == 1
        err = capsys.readouterr().err
        assert "checks/machines.yaml:3:11: `when` of the check 'no shrinking': no kind has a field 'memroy'" in err
        assert "checks/machines.yaml:7:11: `when` of the check 'deletions': `change.kind` is never 'devce'" in err
        assert "did you mean 'device'?" in err
        assert "See docs/checks.md" in err


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("{name: a, when: 'true', severity: require}", "10:39: `severity: require` must name a `label`"),
        ("{name: a, when: 'true', label: b}", "10:36: only a check with `severity: require` takes a `label`"),
        ("{name: deletions, when: 'true'}", "checks/machines.yaml:6:11: another check is already named 'deletions'"),
        (
            "{name: a, when: 'true', severity: warn}",
            "10:39: checks[0].severity must be 'advisory', 'require' or 'deny'",
        ),
        ("{name: a, when: 'true', effect: deny}", "10:29: unknown key 'effect' in checks[0]"),
    ],
)
def test_a_mistake_beside_the_expression(check: str, message: str, capsys: Captured) -> None:
    """A label that nothing requires, and one that is lacking; two checks of one name, also from two files."""
    Path("proxbox.yaml").write_text(checks.CONFIG + f"\nchecks:\n  - {check}\n")
    assert run(["validate"]) == 1
    assert message in capsys.readouterr().err


def test_a_check_test_that_fails(capsys: Captured) -> None:
    """It ends with 1 and says where, also in the JUnit file."""
    Path("other.yaml").write_text(
        "tests:\n  - name: memory\n    change: {action: update, kind: virtual-machine}\n    expect: [no shrinking]\n"
    )
    assert run(["validate", "--check-tests", "other.yaml", "--junit", "junit.xml"]) == 1
    out = capsys.readouterr().out
    assert "FAILED other.yaml:2: memory\n    other.yaml:4: the check 'no shrinking' does not match\n" in out
    assert "1 check test: 0 passed, 1 failed." in out
    case = ET.parse("junit.xml").getroot().find("testsuite/testcase")  # noqa: S314 - we wrote it
    assert case is not None
    assert case.get("classname") == "proxbox.validate.other.yaml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tests: [{name: a, chnge: {}}]", "bad.yaml:1:19: unknown key 'chnge' in tests[0]; did you mean 'change'?"),
        (
            "tests: [{name: a, change: {action: remove, kind: vlan}, absent: [b]}]",
            "bad.yaml:1:36: tests[0].change.action must be 'create', 'update', 'adopt', 'move', 'delete' or 'forget'",
        ),
        ("tests: [{name: a, change: {action: delete, kind: vlan}}]", "tests[0] must have `expect` or `absent`"),
    ],
)
def test_a_file_that_is_no_check_test(text: str, message: str, capsys: Captured) -> None:
    """An error with line and column, as in the configuration."""
    Path("bad.yaml").write_text(text)
    assert run(["validate", "--check-tests", "bad.yaml"]) == 1
    assert message in capsys.readouterr().err
