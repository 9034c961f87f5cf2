"""Progress, warnings and notes: on stderr, and only as much as the stream can show."""

from __future__ import annotations

import sys

import pytest

from proxbox_plan.cli.terminal.output import Audience, Output


def test_no_bar_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets no progress."""
    with Output().progress("Collecting", "collect") as progress:
        assert progress == Audience()
        progress.started(3)
        progress.advanced("qemu/100")
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr only; labels cannot hold markup or escapes; totals add up."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Output().progress("Collecting", "collect") as progress:
        progress.started(1)
        progress.started(1)
        progress.advanced("[red]\x1b[31m")
        progress.advanced("[/]")
    assert capsys.readouterr().out == ""


def test_warnings_and_notes_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is for results."""
    output = Output()
    output.warning("look out")
    output.note("by the way\n")
    output.result("result\n")
    assert capsys.readouterr() == ("result\n", "Warning: look out\nby the way\\n\n")


def test_bars_of_stages_that_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """One display draws both, and is gone with the last of them; a later stage shows it again."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    output = Output()
    with output.progress("Reading NetBox", "read"):
        with output.progress("Collecting", "collect"):
            assert shown(output) == (["Reading NetBox", "Collecting"], True)
        assert shown(output) == (["Reading NetBox"], True)
    assert shown(output) == ([], False)
    with output.progress("Applying", "apply"):
        assert shown(output) == (["Applying"], True)


def shown(output: Output) -> tuple[list[str], bool]:
    """Return the titles of the bars, and whether they are on screen."""
    assert output.display is not None
    bars = output.display.bars
    return [task.description for task in bars.tasks], bars.live.is_started
