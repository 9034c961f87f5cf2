"""Secrets by reference: had when needed, never shown, and a clear word when they cannot be had."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.config import secret as module
from proxbox_plan.config.file import SecretReference
from proxbox_plan.config.secret import resolve
from proxbox_plan.core.errors import ConfigError


def _resolve(folder: Path, environ: dict[str, str] | None = None, **reference: Any) -> str:
    found = resolve(SecretReference(**reference), what="netbox.token", folder=folder, environ=environ or {})
    return found.get_secret_value()


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_three_places(tmp_path: Path) -> None:
    """Environment, file (relative to the configuration) and command (started there, with our environment)."""
    (tmp_path / "token").write_text("from file\n")
    assert _resolve(tmp_path, {"T": "from env"}, env="T") == "from env"
    assert _resolve(tmp_path, file=Path("token")) == "from file"
    code = "import os; print(open('token').read().strip(), os.environ['MORE'])"
    assert _resolve(tmp_path, {"MORE": "and more"}, command=_python(code)) == "from file and more"


def test_a_command_is_no_shell_line(tmp_path: Path) -> None:
    """Arguments are passed as they are."""
    code = "import sys; print(sys.argv[1])"
    assert _resolve(tmp_path, command=(*_python(code), "$HOME; `id`")) == "$HOME; `id`"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; print('geheim'); sys.exit('geheim')", "failed (exit 1)"),
        ("pass", "is empty"),
        ("print('geheim'); print('geheim')", "must hold one line"),
        ("print('geheim\\x07')", "must hold one line"),
        ("print('geheim' * 5000)", "must hold one line"),
        ("import sys; sys.stdout.buffer.write(b'geheim\\xff')", "cannot be run"),
    ],
)
def test_the_output_of_a_command_is_never_shown(code: str, words: str, tmp_path: Path) -> None:
    """Not even when it fails: the program's name has to do."""
    with pytest.raises(ConfigError) as caught:
        _resolve(tmp_path, command=_python(code))
    assert words in caught.value.message
    assert "geheim" not in caught.value.message + caught.value.hint


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """Named, without its arguments."""
    with pytest.raises(ConfigError, match="the command 'no-such-program' cannot be run") as caught:
        _resolve(tmp_path, command=("no-such-program", "--password=geheim"))
    assert "geheim" not in caught.value.message


def test_a_command_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended after a while."""
    monkeypatch.setattr(module, "COMMAND_TIMEOUT", 0.2)
    with pytest.raises(ConfigError, match="took over"):
        _resolve(tmp_path, command=_python("import time; time.sleep(20)"))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """The variable, or the file."""
    with pytest.raises(ConfigError, match="the environment variable T is not set") as caught:
        _resolve(tmp_path, env="T")
    assert "export T=" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be read: no such file or directory"):
        _resolve(tmp_path, file=Path("token"))


def test_an_empty_or_binary_secret_is_none(tmp_path: Path) -> None:
    """A header cannot hold it."""
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is empty"):
        _resolve(tmp_path, {"T": " "}, env="T")
    with pytest.raises(ConfigError, match="it is not a text file"):
        _resolve(tmp_path, file=Path("token"))
