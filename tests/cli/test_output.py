"""Progress, warnings and notes: on stderr, and only as much as the stream can show."""

from __future__ import annotations

import json
import sys

import pytest

from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.cli.terminal.wait_notes import WaitNotes
from proxbox_plan.core.address import Address
from proxbox_plan.model.base import canonical_json
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action

RESULT = ChangeResult(address=Address("vlan:1"), kind="vlan", action=Action.CREATE, name="a", result=Result.DONE)


def test_no_bar_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets no progress."""
    with Output().progress("Collecting", "collect") as progress:
        progress.started(3)
        progress.advanced("qemu/100")
        progress.finished(RESULT)
    assert capsys.readouterr() == ("", "")


def test_a_pipe_gets_a_line_for_a_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """One, however many requests wait; the end of a wait is none."""
    with Output().progress("Reading NetBox", "read") as progress:
        for what in ("NetBox: connection refused; try 2 of 6 in 10 s", "", "NetBox: answered 503; \x1b[2J"):
            progress.waiting(what)
    assert capsys.readouterr() == ("", "Waiting for NetBox: connection refused; try 2 of 6 in 10 s.\n")


def test_a_wait_is_noted_every_ten_seconds() -> None:
    """A wait of an hour is no page of lines, and not silent either."""
    lines: list[str] = []
    time = iter((0.0, 9.9, 10.0, 12.0, 20.0))
    notes = WaitNotes(lines.append, lambda: next(time))
    for number in range(5):
        notes.waiting(str(number))
    assert lines == ["Waiting for 0.", "Waiting for 2.", "Waiting for 4."]


def test_a_command_without_a_bar_says_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    """As `doctor` and `unlock` do."""
    output = Output()
    output.waiting("one")
    output.waiting("another")
    assert capsys.readouterr().err == "Waiting for one.\n"


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr only; labels cannot hold markup or escapes; totals add up."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Output().progress("Collecting", "collect") as progress:
        progress.started(1)
        progress.started(1)
        progress.advanced("[red]\x1b[31m")
        progress.advanced("[/]")
        progress.finished(RESULT)
        progress.waiting("[red]NetBox\x1b[31m" * 100)
        progress.waiting("")
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


def test_a_document_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What would turn or clear it is spelled as JSON does, also for stderr; a pipe gets the document as it is."""
    document = canonical_json({"name": "café \x1b[2J \x9b2J \x7f \u202e \U000e0041"})
    for show, read in ((Output().result, 0), (Output().aside, 1)):
        show(document)
        assert capsys.readouterr()[read].rstrip("\n") == document.rstrip("\n")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    for show, read in ((Output().result, 0), (Output().aside, 1)):
        show(document)
        text = capsys.readouterr()[read]
        assert r"\u009b2J \u007f \u202e \udb40\udc41" in text
        assert "café" in text
        assert json.loads(text) == json.loads(document)
    Output().result("plain\x1b[0m\n")
    assert capsys.readouterr().out == "plain\x1b[0m\n"
