"""The command line as a whole: help, exit codes, and errors that end in words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from proxbox_plan import __version__
from proxbox_plan.cli.main import cli, guarded, leave, run
from proxbox_plan.cli.registry import COMMANDS
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.errors import LockedError, PartialApplyError, ProxboxError, RefusedError, StaleError, UsageError

Captured = pytest.CaptureFixture[str]


def test_version(capsys: Captured) -> None:
    """The package's own."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"proxbox, version {__version__}\n"


def test_help_names_every_command_and_imports_none() -> None:
    """So it is there at once: no pydantic, no HTTP client is loaded for it."""
    code = (
        "import sys; from proxbox_plan.cli.main import run; code = run(['--help'])\n"
        "heavy = {'pydantic', 'requests', 'aiohttp', 'rich', 'deepdiff', 'yaml', 'netbox_sdk'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in cli.list_commands(click.Context(cli)):
        assert name in done.stdout


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_every_command_explains_itself(name: str, capsys: Captured) -> None:
    """Each has a page, and a line in the list that the page agrees with."""
    assert run([name, "--help"]) == 0
    assert "Usage: proxbox" in capsys.readouterr().out
    assert COMMANDS[name].endswith(".")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "-out=plan2.json"], "'-out=plan2.json' has one dash: write '--out=plan2.json'"),
        (["plan", "-target", "web01"], "'-target' has one dash: write '--target'"),
        (
            ["plan", "-var", "site=DC1"],
            "There is no option '-var': a configuration reads variables as ${NAME}",
        ),
        (["plan", "-statte", "a.json"], "There is no option '-statte'; did you mean '--state'?"),
        (["apply", "plan.json", "--label", ""], "Invalid value for '--label': a label must not be empty"),
        (
            ["apply", "-auto-approve", "plan.json"],
            "There is no option '-auto-approve': `proxbox apply PLAN` asks nothing",
        ),
        (["plan", "--dry-run"], "There is no option '--dry-run': `proxbox plan` writes nothing to NetBox"),
        (["destroy"], "There is no command 'destroy': nothing is removed as a whole; `proxbox undo OUTCOME`"),
        (["force-unlock", "17"], "There is no command 'force-unlock': `proxbox unlock ID`"),
    ],
)
def test_what_other_tools_spell_otherwise(arguments: list[str], words: str, capsys: Captured) -> None:
    """`-out=FILE` was taken for `-o ut=FILE`, and the plan was written there."""
    assert run(arguments) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shw"], "There is no command 'shw'; did you mean 'show'?"),
        (["show"], "Missing argument 'FILE...'"),
        (["show", "--color", "x"], "No such option"),
        (["show", "--format", "pdf", "x"], "'pdf' is not one of"),
        (["schema", "recipe"], "'recipe' is not one of"),
    ],
)
def test_usage_errors_exit_with_1(arguments: list[str], words: str, capsys: Captured) -> None:
    """Not with click's 2, which here means that there are changes; and say where help is."""
    assert run(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: ")
    assert words in captured.err
    assert "--help` lists the options." in captured.err


def test_no_command_shows_the_help(capsys: Captured) -> None:
    """On stderr, because it is not what was asked for."""
    assert run([]) == 1
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 1),
        (RefusedError("x"), 3),
        (StaleError("x"), 4),
        (PartialApplyError("x"), 5),
        (LockedError("x"), 6),
    ],
)
def test_errors_have_their_exit_codes(error: ProxboxError, code: int, capsys: Captured) -> None:
    """As product.md documents them."""
    assert guarded(Output(), _raising(error)) == code
    assert capsys.readouterr().err == "Error: x\n"


def test_an_error_shows_message_and_hint_and_no_traceback(capsys: Captured) -> None:
    """Lines of a message stay lines; what could steer the terminal does not reach it."""
    error = ProxboxError("one\ntwo \x1b[31m", hint="do this")
    assert guarded(Output(), _raising(error)) == 1
    assert capsys.readouterr().err == "Error: one\ntwo \\x1b[31m\nHint: do this\n"


def test_debug_shows_the_traceback_before_the_message(capsys: Captured) -> None:
    """The message stays the last thing on the screen."""
    assert run(["show", "--debug", "no-such-file"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-2] == "Error: no-such-file: the file does not exist"


def test_a_bug_is_called_a_bug(capsys: Captured) -> None:
    """One line, and how to see more."""
    assert guarded(Output(), _raising(KeyError("x"))) == 1
    assert capsys.readouterr().err == (
        "Error: This is a bug in proxbox: KeyError: 'x'\n"
        "Hint: Please report it with the traceback and `proxbox --version`; --debug shows the traceback.\n"
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_one_line(error: BaseException, capsys: Captured) -> None:
    """And the code that shells expect."""
    assert guarded(Output(), _raising(error)) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error() -> None:
    """`proxbox ... | head -1` ends quietly."""
    command = [sys.executable, "-c", "from proxbox_plan.cli.main import main; main()", "schema", "state"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    with subprocess.Popen(command, stdout=write_end, stderr=subprocess.PIPE, text=True) as process:
        os.close(write_end)
        _, said = process.communicate()
    assert said == ""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_behind_stdout_is_an_error() -> None:
    """A result that was not written is not success."""
    command = [sys.executable, "-c", "from proxbox_plan.cli.main import main; main()", "schema", "state"]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "Cannot write the result: No space left on device" in done.stderr


def test_color_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when NO_COLOR is set, and not when it is switched off."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not Output().color
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert Output().color
    assert not Output(no_color=True).color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Output().color


def _raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


class Full:
    """A stream that cannot take what is left in its buffer."""

    def flush(self) -> None:
        """Say so."""
        raise BrokenPipeError


def test_the_process_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken apart first; what a broken stream could not take was said, and is not said again."""

    def end(code: int) -> None:
        raise InterruptedError(code)

    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(InterruptedError, match="3"):
        leave(3)
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(InterruptedError, match="4"):
        leave(4)
