"""What it takes to start: `proxbox --help` and `proxbox validate` beside `import click`.

Run it as `python -m benchmarks.startup [--record]`. The best of several processes counts: the rest is the machine's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import Result, show

TIMES = 15
COMMAND = "from proxbox_plan.cli.main import main; main()"
CONFIG = """\
netbox: {url: "https://netbox.example", token: {env: T}}
clusters:
  - {name: lab, host: pve.example, token: {id: "a@pam!b", secret: {env: P}}, site: DC1}
"""


def main(arguments: list[str]) -> int:
    """Measure the three, one after the other and again, so that a slow moment hits all of them."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "proxbox.yaml").write_text(CONFIG)
        programs = {
            "`import click`": ["-c", "import click"],
            "`proxbox --help`": ["-c", COMMAND, "--help"],
            "`proxbox validate`": ["-c", COMMAND, "validate"],
        }
        best = dict.fromkeys(programs, float("inf"))
        for _ in range(TIMES):
            for name, words in programs.items():
                best[name] = min(best[name], _seconds(words, folder))
    base = best["`import click`"]
    rows = tuple((name, seconds * 1000, seconds / base) for name, seconds in best.items())
    goal = "`--help` at most 3 times, `validate` at most 6 times `import click`"
    show(Result("startup", "Start", "python -m benchmarks.startup", goal, ("process", "ms", "ratio"), rows), arguments)
    return 0


def _seconds(words: list[str], folder: str) -> float:
    start = time.perf_counter()
    subprocess.run(  # noqa: S603 # our own command
        [sys.executable, *words],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": os.environ["PATH"]},
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
