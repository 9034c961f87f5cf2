"""One command of ours as a whole process: how long it took, and the most memory it held at once.

Linux counts into the peak of a process what its parent held when it was started, and a benchmark that made a large
estate holds much. So a small process in between starts the command, and tells what it measured:
`python -m benchmarks.process COMMAND ...` prints seconds, MiB and exit code as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

_COMMAND = "from proxbox_plan.cli.main import main; main()"


class Measured(NamedTuple):
    """What one process took."""

    seconds: float
    busy: float  # seconds of processor time
    mebibytes: int
    exit_code: int
    said: str = ""  # on stderr


def proxbox(folder: Path, *arguments: str, codes: tuple[int, ...] = (0,), token: str = "") -> Measured:
    """Run a command in a folder and measure it; an exit code that was not expected is an error."""
    done = subprocess.run(  # noqa: S603 # our own command
        [sys.executable, "-m", "benchmarks.process", str(folder), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": os.environ["PATH"], "P": "x", "T": token or "x"},
    )
    measured = Measured(**json.loads(done.stdout))
    if measured.exit_code not in codes:
        raise RuntimeError(f"proxbox {' '.join(arguments)}: exit code {measured.exit_code}\n{measured.said}")
    return measured


def _run(folder: str, arguments: list[str]) -> Measured:
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 # our own command
        [sys.executable, "-c", _COMMAND, *arguments],
        cwd=folder,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    took = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(took, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, done.returncode, done.stderr[-2000:])


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], sys.argv[2:])._asdict()))
