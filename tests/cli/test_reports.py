"""`--format` and `--report`: reports on stdout and in files, several at once."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.core.redaction import KNOWN
from proxbox_plan.documents import write_document
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import busy_plan, cluster, guest, plan, state

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """Give the file of a busy plan."""
    path = tmp_path / "plan.json"
    write_document(busy_plan(), path)
    return path


@pytest.mark.parametrize("format_", Format)
def test_any_format_on_stdout(format_: Format, plan_file: Path, capsys: Captured) -> None:
    """The same text as the report's own."""
    assert run(["show", "--format", format_.value, str(plan_file)]) == 0
    assert capsys.readouterr().out == render(busy_plan(), format_)


def test_several_reports_in_one_run(plan_file: Path, tmp_path: Path, capsys: Captured) -> None:
    """Files beside the report on stdout, which stays what it is."""
    asked = [f"--report={format_}={tmp_path / format_}" for format_ in Format]
    assert run(["show", str(plan_file), *asked]) == 0
    captured = capsys.readouterr()
    assert captured.out == render(busy_plan(), Format.TEXT)
    assert f"Wrote {tmp_path / 'html'}.\n" in captured.err
    for format_ in Format:
        assert (tmp_path / format_).read_text(encoding="utf-8") == render(busy_plan(), format_)


def test_a_plan_read_as_drift(plan_file: Path, tmp_path: Path, capsys: Captured) -> None:
    """`show --drift` shows what a plan says of who changed what, and nothing else can be read as drift."""
    assert run(["show", "--drift", "--markdown", str(plan_file)]) == 0
    assert capsys.readouterr().out == render(make_drift(busy_plan()), Format.MARKDOWN)
    write_document(state(), tmp_path / "state.json")
    assert run(["show", "--drift", str(tmp_path / "state.json")]) == 1


def test_reports_of_a_difference(tmp_path: Path, capsys: Captured) -> None:
    """`diff` has them too."""
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    write_document(state(), before)
    write_document(state(cluster(guests=(guest(100, name="front"), guest(101)))), after)
    assert run(["diff", str(before), str(after), "--format", "prometheus", f"--report=html={tmp_path / 'd.html'}"]) == 0
    assert 'proxbox_diff_objects{sort="renamed"} 1\n' in capsys.readouterr().out
    assert "Differences: 1 renamed." in (tmp_path / "d.html").read_text(encoding="utf-8")


def test_who_may_read_a_report(plan_file: Path, tmp_path: Path) -> None:
    """What names changes is for its owner, as the plan is; metrics name nothing, and another user collects them."""
    asked = [f"--report={name}={tmp_path / name}" for name in ("html", "junit", "prometheus")]
    assert run(["show", str(plan_file), *asked]) == 0
    assert [_mode(tmp_path / name) for name in ("html", "junit", "prometheus")] == [0o600, 0o600, 0o644]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_report_is_replaced(plan_file: Path, tmp_path: Path) -> None:
    """A second run leaves one report, and no draft of it."""
    target = tmp_path / "report.xml"
    target.write_text("old")
    assert run(["show", str(plan_file), f"--report=junit={target}"]) == 0
    assert target.read_text(encoding="utf-8").startswith("<?xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "report.xml"]


def test_the_job_summary_is_added_to(plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub's summary belongs to all of a step: what is in it stays. Nothing is written to it unasked."""
    summary = tmp_path / "summary.md"
    summary.write_text("# Mine\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run(["show", str(plan_file)]) == 0
    assert summary.read_text() == "# Mine\n"
    assert run(["show", str(plan_file), f"--report=markdown={summary}"]) == 0
    assert summary.read_text(encoding="utf-8") == "# Mine\n" + render(busy_plan(), Format.MARKDOWN)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("html", "names no file"),
        ("html=", "names no file"),
        ("html=-", "names no file"),
        ("pdf=x.pdf", "'pdf' is not one of"),
        ("html=no/such/folder/x.html", "is not a path for a file"),
        ("html=.", "is not a path for a file"),
    ],
)
def test_a_report_that_cannot_be_written(value: str, words: str, plan_file: Path, capsys: Captured) -> None:
    """Refused before anything is done, so that no apply ends with a report that has no place."""
    assert run(["show", str(plan_file), "--report", value]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_two_reports_in_one_file(plan_file: Path, tmp_path: Path, capsys: Captured) -> None:
    """Refused: the second would replace the first."""
    target = tmp_path / "x"
    assert run(["show", str(plan_file), f"--report=html={target}", f"--report=junit={target}"]) == 1
    assert f"--report {target} is the same file as --report {target}" in capsys.readouterr().err
    assert not target.exists()


def test_a_full_disk(plan_file: Path, capsys: Captured) -> None:
    """An error in words."""
    assert run(["show", str(plan_file), "--report=html=/dev/full"]) == 1
    assert "/dev/full: cannot be written" in capsys.readouterr().err


def test_no_secret_reaches_a_report(tmp_path: Path) -> None:
    """A value that is a secret of this run is hidden in files as it is on the screen."""
    secret = "correct-horse-battery-staple"
    KNOWN.learn(secret)
    write_document(plan(clusters=(secret,)), tmp_path / "plan.json")
    assert run(["show", str(tmp_path / "plan.json"), f"--report=html={tmp_path / 'x.html'}"]) == 0
    assert secret not in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_sarif_of_a_run_is_one_document(plan_file: Path, capsys: Captured) -> None:
    """Stdout holds nothing else."""
    assert run(["show", str(plan_file), "--format", "sarif"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"
