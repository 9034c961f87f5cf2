"""The one door for words: what hides secrets, and what every line to a person passes through."""

from __future__ import annotations

import html
import json
import logging
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import quote, quote_plus

import pytest

from proxbox_plan.cli.main import guarded, run
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.redaction import KNOWN, Redactor
from tests.end_to_end.stage import REPOSITORY

Captured = pytest.CaptureFixture[str]
SECRET = 'Planted "secret" <&/%+ \\'
TOKEN = "nbt_KeyIsNoSecret.0123456789abcdefghij"


@pytest.mark.parametrize(
    "form",
    [
        str,
        repr,
        json.dumps,
        quote,
        quote_plus,
        html.escape,
        lambda text: quote(text, safe=""),
        lambda text: json.dumps(text).replace("/", "\\/"),
        lambda text: b64encode(text.encode()).decode(),
        lambda text: f"https://x/?a={quote_plus(text)}&b=1",
        lambda text: json.dumps({"detail": [text]}),
    ],
)
def test_every_spelling_is_hidden(form: Callable[[str], str]) -> None:
    """As it is, and as JSON, URLs, HTML and Python spell it."""
    hidden = Redactor(SECRET).hide(f"before {form(SECRET)} after")
    assert "Planted" not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    assert "***" in hidden


def test_half_a_v2_token_is_a_secret() -> None:
    """The part after the dot opens NetBox; the key before it is in NetBox's own lists."""
    redactor = Redactor(TOKEN)
    assert redactor.hide("key nbt_KeyIsNoSecret, 0123456789abcdefghij") == "key nbt_KeyIsNoSecret, ***"
    assert redactor.hide(TOKEN) == "***"


def test_short_secrets_are_hidden_in_messages_only() -> None:
    """In data they may well mean something else; three characters are not looked for at all."""
    redactor = Redactor("running", "ab")
    assert redactor.hide("a running cab") == "a *** cab"
    assert redactor.hide_in_data("a running cab") == "a running cab"
    assert Redactor(TOKEN).hide_in_data(f"x{TOKEN}x") == "x***x"


def test_a_redactor_does_not_show_what_it_knows() -> None:
    """Neither printed nor in a traceback."""
    assert "Planted" not in repr(Redactor(SECRET)) + str(Redactor(SECRET))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let this process know a secret for one test."""
    monkeypatch.setattr(KNOWN, "_forms", [])
    KNOWN.learn(SECRET)
    return SECRET


def _refuse(secret: str, kept: object) -> NoReturn:
    raise NetBoxError(f"you sent {secret}\x1b[2J", body=kept)


def crash(secret: str) -> int:
    """Fail with a secret in locals, in the message, and in the error before it."""
    kept = {"token": secret}
    try:
        _refuse(secret, kept)
    except NetBoxError as error:
        raise KeyError(f"crashed on {json.dumps(secret)} \u202e") from error


def test_a_crash_shows_no_secret(known: str, capsys: Captured) -> None:
    """Traceback, chained errors, message: all of it without the secret and without control characters."""
    assert guarded(Output(debug=True), lambda: crash(known)) == 1
    said = capsys.readouterr().err
    assert "Planted" not in said
    assert said.count("***") >= 3
    assert "Traceback" in said
    assert all(line.isprintable() for line in said.split("\n"))


def test_every_way_to_stderr_hides_it(known: str, capsys: Captured) -> None:
    """Notes, warnings, errors, hints, and results that repeat a long secret."""
    output = Output()
    output.note(known)
    output.warning(known)
    output.error(known, known)
    output.trace(known)
    output.result(known)
    captured = capsys.readouterr()
    assert "Planted" not in captured.err + captured.out


def test_a_bug_says_no_more_than_fits(capsys: Captured) -> None:
    """An exception may quote ten megabytes of a note."""

    def work() -> int:
        raise RuntimeError("note\n" * 2_000_000)

    assert guarded(Output(), work) == 1
    assert len(capsys.readouterr().err) < 1000


STRAYS = """
import logging, sys, threading, warnings
from proxbox_plan.cli import main as module
from proxbox_plan.core.redaction import KNOWN

class Dying:
    def __del__(self):
        raise ValueError("unraisable planted-secret")

def work(arguments, output):
    KNOWN.learn("planted-secret")
    output.debug = "--debug" in sys.argv
    warnings.warn("warned planted-secret")
    logging.getLogger("asyncio").error("logged planted-secret \\x1b[2J")
    thread = threading.Thread(target=lambda: 1 / len("planted-secret"[:0]), name="planted-secret")
    thread.start()
    thread.join()
    Dying()
    return 0

module.run = work
module.main()
"""


@pytest.mark.parametrize("debug", [False, True])
def test_strays_are_quiet_and_without_secrets(debug: bool) -> None:  # noqa: FBT001
    """Warnings, logs and dying threads of libraries: nothing, or with --debug everything but the secret."""
    arguments = [sys.executable, "-c", STRAYS, *(["--debug"] if debug else [])]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    assert "planted-secret" not in done.stderr
    assert "\x1b" not in done.stderr
    if not debug:
        assert done.stderr == ""
    for words in ("warned ***", "logged ***", "ZeroDivisionError", "unraisable ***") if debug else ():
        assert words in done.stderr


def test_run_by_itself_leaves_the_process_alone() -> None:
    """Only a process of our own has its hooks replaced; a program that calls `run` keeps its own."""
    before = (threading.excepthook, sys.unraisablehook, list(logging.getLogger().handlers))
    assert run(["--version"]) == 0
    assert before == (threading.excepthook, sys.unraisablehook, list(logging.getLogger().handlers))
