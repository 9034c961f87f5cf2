"""Beside the peers: first sync and unchanged second one of each tool, with the same cluster and the same real NetBox.

Run it as `python -m benchmarks.peers [--record] [GUESTS ...]`. It brings the testbed's NetBox up (see docs/testing.md),
installs each peer into a venv of its own, and empties NetBox before each tool. With 200 guests a peer may take 20
minutes for each run; after 45 it is stopped. What may make proxbox-api quicker is tried with the first size only.
`--only=NAME` runs those tools only whose name contains NAME, and records nothing.
"""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from benchmarks.peers.bed import NetBox, running
from benchmarks.peers.measuring import Measured, measure
from benchmarks.peers.netbox_pve_sync import NETBOX_PVE_SYNC
from benchmarks.peers.ours import OURS, OURS_CACHED
from benchmarks.peers.proxbox_api import PROXBOX_API, PROXBOX_API_FASTER
from benchmarks.peers.script import SCRIPT
from benchmarks.peers.table import COLUMNS, beside, notes, rows
from benchmarks.peers.warming import warm
from benchmarks.record import Result, show

GUESTS = (50, 200)
TOOLS = (OURS, OURS_CACHED, SCRIPT, NETBOX_PVE_SYNC, PROXBOX_API, PROXBOX_API_FASTER)
ONLY = "--only="
GOAL = "beside proxbox-api 20 times faster first, 100 times second; 20 times fewer requests first, 30 times second"
REQUESTS = (
    "Requests are those to NetBox, counted by one proxy before it; writes are those of the second run that may change "
    "something; objects are those in NetBox afterwards that were not there before. A second run under half a minute is "
    "the median of five. A few small syncs come before all of them, as NetBox's workers load most of their code with "
    "their first requests."
)
COMMANDS = (
    "proxbox-plan is `plan` and `apply` first, `plan` second, each a process with its start; netbox-pve-sync is one "
    "command; proxbox-api is a service, whose full update counts and whose start does not. The bare script sends our "
    "bodies alone, prepared beforehand, and reads the same lists: the own cost of NetBox."
)


def main(arguments: list[str]) -> int:
    """Measure every tool with every size that was asked for."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    only = next((text.removeprefix(ONLY) for text in arguments if text.startswith(ONLY)), "")
    sizes = [int(text) for text in arguments if not text.startswith("--")] or list(GUESTS)
    found: list[Measured] = []
    about, code = "", 0
    arguments = [] if only else arguments  # a part of the table is not kept
    try:
        with running() as netbox:
            about = f"NetBox {netbox.version} with netbox-proxbox {netbox.plugin}."
            warm(netbox)
            _measure_all(sizes, only, netbox, found)
    except KeyboardInterrupt:
        print("stopped; nothing is recorded, but this was measured:", file=sys.stderr)
        arguments, code = [], 130
    command = f"python -m benchmarks.peers {' '.join(map(str, sizes))}"
    kept = beside(found, OURS_CACHED.name, PROXBOX_API.name)
    table, remarks = rows(found, OURS.name), (about, REQUESTS, COMMANDS, *kept, *notes(found))
    show(Result("peers", "Beside the peers", command, GOAL, COLUMNS, table, notes=remarks), arguments)
    return code


def _measure_all(sizes: list[int], only: str, netbox: NetBox, found: list[Measured]) -> None:
    for guests in sizes:
        for tool in TOOLS:
            if only in tool.name and (tool is not PROXBOX_API_FASTER or guests == sizes[0]):  # it takes hours
                print(f"{tool.name}, {guests} guests", file=sys.stderr)
                found.append(measure(tool, guests, netbox))
                _tell(found[-1])


def _tell(found: Measured) -> None:
    """Say on the way what takes long to come to its end."""
    for run in (found.first, found.second):
        if run:
            print(
                f"  {run.seconds:.1f} s, {dict(run.counts.methods)}, NetBox {run.counts.netbox_seconds:.1f} s",
                f"refused {dict(run.counts.refused)}",
                file=sys.stderr,
            )
    if found.problem:
        print(f"  {found.problem}\n{found.log}", file=sys.stderr)


def _end(number: int, frame: object) -> NoReturn:
    """End like Ctrl-C does, so that everything that was started is stopped, and let nothing disturb that."""
    del number, frame
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
