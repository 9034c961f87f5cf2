"""What planning costs: `proxbox plan` of files, with nothing to do, beside `json.loads` of the same files.

Run it as `python -m benchmarks.planning [--plugin] [--record] GUESTS ...`. Each line is one size: objects, seconds and
MiB of the whole process, and how often `json.loads` of state and inventory would fit into that time. With `--plugin`
every guest has 3 snapshots, 10 backups and 20 tasks, too, and NetBox runs netbox-proxbox.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.process import Measured, proxbox
from benchmarks.record import Result, show
from proxbox_plan.documents import write_document
from proxbox_plan.mapping import KINDS
from tests.plan.estate import PLUGIN_SCOPE, empty, estate, settled

CONFIG = """\
clusters:
  - {name: lab, host: pve.example, user: a@pam, password: {env: P}, site: DC1}
netbox: {url: "https://netbox.example", token: {env: T}}
mapping: {create_sites: true}
"""


def main(arguments: list[str]) -> int:
    """Measure every size that was asked for."""
    plugin = "--plugin" in arguments
    sizes = [int(text) for text in arguments if not text.startswith("--")] or [1000]
    rows: list[tuple[int | float, ...]] = []
    for guests in sizes:
        found = planned(guests, plugin=plugin)
        rows.append((guests, found.objects, found.seconds, found.mebibytes, found.loaded, found.seconds / found.loaded))
    name, words = ("planning_plugin", " --plugin") if plugin else ("planning", "")
    command = f"python -m benchmarks.planning{words} {' '.join(map(str, sizes))}"
    title = "Planning with nothing to do" + (", with 3 snapshots, 10 backups and 20 tasks a guest" if plugin else "")
    goal = "at most 8 times `json.loads` of the same two files, under 1.5 GB; 1,000 guests under 2 s"
    columns = ("guests", "objects", "plan, s", "MiB", "json.loads, s", "ratio")
    show(Result(name, title, command, goal, columns, tuple(rows)), arguments)
    return 0


_CHANGES = 2  # exit code of a plan that holds changes


class Planned(NamedTuple):
    """What one size took."""

    objects: int
    seconds: float  # of the whole process, the best of two
    mebibytes: int  # at most, of the whole process
    loaded: float  # seconds of `json.loads` of both files


def planned(guests: int, *, plugin: bool = False, first: bool = False) -> Planned:
    """Plan so many guests with nothing to do, or for a NetBox that is empty."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects = _write(folder, guests, plugin=plugin, first=first)
        texts = [(folder / name).read_text() for name in ("state.json", "inventory.json")]
        loaded = best(lambda: [json.loads(text) for text in texts])
        plans = [_plan(folder, first=first) for _ in range(2)]
    return Planned(objects, min(plan.seconds for plan in plans), max(plan.mebibytes for plan in plans), loaded)


def _write(folder: Path, guests: int, *, plugin: bool, first: bool) -> int:
    """Write configuration, state and inventory of an estate; return how many objects of it are ours."""
    state = estate(guests, plugin=plugin)
    inventory = empty(state) if first else settled(state, plugin=plugin)
    (folder / "proxbox.yaml").write_text(CONFIG + (PLUGIN_SCOPE if plugin else ""))
    write_document(state, folder / "state.json")
    write_document(inventory, folder / "inventory.json")
    return sum(len(rows) for kind, rows in inventory.kinds.items() if KINDS[kind].managed)


def _plan(folder: Path, *, first: bool) -> Measured:
    command = "plan", "--state", "state.json", "--inventory", "inventory.json", "--detailed-exitcode"
    return proxbox(folder, *command, codes=(_CHANGES,) if first else (0,))


def best(work: Callable[[], object], times: int = 3) -> float:
    """Return the seconds of the quickest of several times."""
    quickest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        quickest = min(quickest, time.perf_counter() - start)
    return quickest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
