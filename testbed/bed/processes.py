"""The processes of the testbed: started, awaited, and ended by the number that the state remembers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from bed.install import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bed.state import State

START_SECONDS = 120
STOP_SECONDS = 10


def end(state: State, name: str) -> None:
    """Stop one of our processes, if it runs."""
    pid = pid_of(state, name)
    if pid is not None:
        _stop(pid)
    state.pids.pop(name, None)


def pid_of(state: State, name: str) -> int | None:
    """Return the number of one of our processes while it runs."""
    pid = state.pids.get(name)
    return pid if pid is not None and _is_ours(pid, name) else None


def _stop(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            os.killpg(pid, 0)
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)


def _is_ours(pid: int, name: str) -> bool:
    """Guard against a process number that meanwhile belongs to another program."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:  # noqa: PTH123
            return name.encode() in stream.read()
    except OSError:
        return False


def start(state: State, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
    """Start a process that outlives this command; its name is in its command line."""
    with state.log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=state.home,
            start_new_session=True,
        )
    state.pids[name] = process.pid
    state.save()


def wait(state: State, name: str, ready: Callable[[], bool]) -> None:
    """Wait until a process that was just started is ready."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if ready():
                return
        if os.waitpid(state.pids[name], os.WNOHANG) != (0, 0):
            break
        time.sleep(0.1)
    message = f"{name} did not start, see {state.log(name)}"
    raise CannotRunError(message)
