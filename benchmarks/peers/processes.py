"""Processes that end with us: a server of our own in a child, and programs of others in a group of their own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

PATIENCE_SECONDS = 10.0


class ToolError(Exception):
    """A tool did not do its work; the text says why, in one line."""


@contextlib.contextmanager
def child(serve: Callable[[Connection], None]) -> Iterator[Connection]:
    """Run `serve` in a process of its own; it ends with the block, and with us."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(serve, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()  # which it notices, and ends tidily
        process.join(PATIENCE_SECONDS)
        process.terminate()
        process.join()


def answering(pipe: Connection, answer: Callable[[Any], object]) -> None:
    """Answer every question of the parent in a thread, and end this process when the parent is gone."""

    def loop() -> None:
        try:
            while True:
                pipe.send(answer(pipe.recv()))
        except (EOFError, OSError):
            os._exit(0)

    Thread(target=loop, daemon=True).start()


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path, seconds: float) -> None:
    """Run a program to its end, and let it be no longer than so many seconds."""
    with program(command, environment, folder, log) as process:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ToolError(f"not done after {seconds:,.0f} s") from None
    if code != 0:
        raise ToolError(f"exit code {code}: {last_line(log)}")


@contextlib.contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program and stop it, with whatever it has started itself, at the end of the block."""
    with log.open("ab") as stream:
        process = subprocess.Popen(  # noqa: S603 # the tools that are compared
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def last_line(log: Path) -> str:
    """Return the last thing a program said."""
    return last_lines(log, 1).strip()[:300] or "it said nothing"


def last_lines(log: Path, number: int = 30) -> str:
    """Return the last lines a program said; none when it did not start."""
    if not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(lines[-number:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, and make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_SECONDS)


def _run(serve: Callable[[Connection], None], pipe: Connection) -> None:
    # Ctrl-C reaches the whole group: the parent is the one to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(pipe)
