"""Standard streams that are closed, full or without a reader: as with any other tool."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxbox_plan.cli.main import READER_GONE, run
from proxbox_plan.documents import write_document
from tests.builders import busy_plan
from tests.cases import sample

Captured = pytest.CaptureFixture[str]
COMMAND = f'"{sys.executable}" -c "from proxbox_plan.cli.main import main; main()"'


class Broken(io.StringIO):
    """A stream that cannot be written to."""

    def __init__(self, error: OSError) -> None:
        """Fail so."""
        super().__init__()
        self._error = error

    def write(self, text: str, /) -> int:
        """Fail."""
        del text
        raise self._error


def broken(number: int) -> Broken:
    """Return a stream that fails with this error."""
    return Broken(OSError(number, os.strerror(number)))


GONE, FULL = errno.EPIPE, errno.ENOSPC


@pytest.mark.parametrize("line", ["show plan.json", "--help", "--version", "show --help", "schema plan"])
def test_a_reader_that_is_gone(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """`proxbox ... | head -1` ends quietly, with the code of a program that SIGPIPE ends."""
    write_document(busy_plan(), tmp_path / "plan.json")
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", broken(GONE))
        assert run(line.split()) == READER_GONE
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("line", ["--help", "--version", "show --help", "schema plan"])
def test_a_full_disk_behind_stdout(line: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A result that was not written is not success, and no bug."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", broken(FULL))
        assert run(line.split()) == 1
    assert capsys.readouterr().err == "Error: Cannot write the result: No space left on device\n"


@pytest.mark.parametrize("line", ["", "nonsense", "show nothing.json"])
def test_a_stderr_that_is_gone(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that cannot be shown is still the exit code."""
    monkeypatch.setattr(sys, "stderr", broken(GONE))
    assert run(line.split()) == 1


@pytest.mark.covering
@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    sample(
        (
            (">&-", 1, "Error: Cannot write the result: Bad file descriptor\n"),
            ("2>&-", 0, ""),
            (">&- 2>&-", 1, ""),
            ("2>&- | head -c 1", 0, ""),
        )
    ),
)
def test_a_stream_that_is_closed(redirection: str, code: int, said: str) -> None:
    """From a shell: no traceback, no bug, and a result that could not be written is an error."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{COMMAND} schema plan {redirection}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.slow
def test_no_file_becomes_standard_output(tmp_path: Path) -> None:
    """With stdout closed the next file that is opened would be it, and would get what is printed."""
    line = f"{COMMAND} schema plan --log-file run.log --log-level debug >&-"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "$schema" not in (tmp_path / "run.log").read_text()


@pytest.mark.slow
def test_standard_input_that_is_closed() -> None:
    """It cannot be read, said in words."""
    done = subprocess.run(["/bin/sh", "-c", f"{COMMAND} show - <&-"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: standard input: cannot be read: ")
