"""How much memory a large estate takes: its first plan, the apply of it, and the plan when nothing is left to do.

Run it as `python -m benchmarks.memory [--record] [GUESTS]`. Each is a whole process, live against the embedded NetBox,
which runs in a process of its own and answers as fast as it can. The apply's seconds are mostly that NetBox's.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.process import Measured, proxbox
from benchmarks.record import RECORD, Result, show
from benchmarks.served import NetBoxProcess
from proxbox_plan.documents import write_document
from tests.plan.estate import estate

GUESTS = 10_000
CHANGES = 2  # exit code of `--detailed-exitcode`
CONFIG = """\
clusters:
  - {{name: lab, host: pve.example, user: a@pam, password: {{env: P}}, site: DC1}}
netbox: {{url: "{url}", token: {{env: T}}}}
mapping: {{create_sites: true}}
"""
PLAN = ("plan", "--state", "state.json", "--detailed-exitcode")


def main(arguments: list[str]) -> int:
    """Plan, apply, and plan again."""
    guests = next((int(text) for text in arguments if text != RECORD), GUESTS)
    with tempfile.TemporaryDirectory() as name, NetBoxProcess() as netbox:
        folder = Path(name)
        write_config(folder, netbox)
        write_document(estate(guests), folder / "state.json")
        steps = {
            "plan, everything to create": _run(netbox, folder, *PLAN, codes=(CHANGES,)),
            "apply of that": _run(netbox, folder, "apply", "plan.json"),
            "plan, nothing to do": _run(netbox, folder, *PLAN),
        }
        changes = len(json.loads((folder / "plan.outcome.json").read_text())["changes"])
    rows = tuple((step, guests, changes, asked, one.mebibytes, one.seconds) for step, (one, asked) in steps.items())
    columns = ("command", "guests", "changes", "requests", "MiB", "s")
    command = "python -m benchmarks.memory" + (f" {guests}" if guests != GUESTS else "")
    show(Result("memory", "Memory", command, "at most 1.5 GB (1,430 MiB) each", columns, rows), arguments)
    return 0


def write_config(folder: Path, netbox: NetBoxProcess) -> None:
    """Write the configuration of an estate for a NetBox."""
    (folder / "proxbox.yaml").write_text(CONFIG.format(url=netbox.url))


def _run(netbox: NetBoxProcess, folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> tuple[Measured, int]:
    """Run a command, and count its requests."""
    measured = proxbox(folder, *arguments, codes=codes, token=netbox.token)
    return measured, len(netbox.served())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
