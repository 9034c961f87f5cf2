"""NetBox's own cost of our requests, in seconds of processor time: no tool with the same requests can be faster.

Run it as `python -m benchmarks.netbox_alone [--record] [GUESTS ...]`. The cluster and the NetBox are those of
`benchmarks.peers`, and what a peer took there is compared with what NetBox alone needs for us: that is the most times
quicker anybody could be here, if all processors were busy all the time and everything else took none. The cluster and
the counting proxy run on the same machine and take their part, too: `all at best` counts everybody.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers.bed import NetBox, running
from benchmarks.peers.ours import OURS, OURS_CACHED
from benchmarks.peers.proxbox_api import PROXBOX_API
from benchmarks.peers.scene import staged
from benchmarks.peers.warming import warm
from benchmarks.record import Cell, Result, cores, read_results, show

GUESTS, ROUNDS = (50, 200), 5
COLUMNS = (
    "guests",
    "run",
    "s",
    "processor time of NetBox, s",
    "of proxbox",
    "of cluster and proxy",
    "all at best, s",
    "NetBox at best, s",
    "proxbox-api, s",
    "x this run",
    "x all at best",
    "x NetBox at best",
)
FIRST, SECOND = 2, 6  # columns of the peers' table
_PROC = Path("/proc")


class Took(NamedTuple):
    """What one run took."""

    seconds: float
    netbox: float  # seconds of processor time
    ours: float
    scene: float  # the cluster's answers, and the proxy before NetBox


def main(arguments: list[str]) -> int:
    """Measure and show."""
    sizes = [int(text) for text in arguments if not text.startswith("--")] or list(GUESTS)
    peers = {
        row[1]: row
        for result in read_results()
        if result.name == "peers"
        for row in result.rows
        if row[0] == PROXBOX_API.name
    }
    with running() as netbox:
        warm(netbox)
        rows = tuple(row for guests in sizes for row in _rows(guests, netbox, peers.get(guests)))
    best = (
        f"At best is the processor time shared by {cores()} processors that are never idle: what a run takes beyond "
        "is waiting, for what must be known first and for each other."
    )
    notes = (
        best,
        "What proxbox-api took is of [Beside the peers](#beside-the-peers).",
        f"Runs that change nothing are the median of {ROUNDS}.",
    )
    command = f"python -m benchmarks.netbox_alone {' '.join(map(str, sizes))}"
    goal = "nothing: it shows how much quicker than a peer a tool could be that sends the same requests"
    show(Result("netbox_alone", "NetBox's own cost", command, goal, COLUMNS, rows, notes=notes), arguments)
    return 0


def _rows(guests: int, netbox: NetBox, peer: tuple[Cell, ...] | None) -> Iterator[tuple[Cell, ...]]:
    for tool in (OURS, OURS_CACHED):
        netbox.reset()
        with staged(guests, netbox) as scene, tool.session(scene) as session:
            first = _took(session.first, netbox)
            if tool is OURS:
                yield _row(guests, "first sync", first, peer[FIRST] if peer else "-")
            time.sleep(tool.pause)
            if tool.pause:
                session.second()  # what it reads is kept
            second = [_took(session.second, netbox) for _ in range(ROUNDS)]
        name = "unchanged" if tool is OURS else "unchanged, inventory kept"
        middle = Took(*map(statistics.median, zip(*second, strict=True)))
        yield _row(guests, name, middle, peer[SECOND] if peer else "-")


def _row(guests: int, name: str, took: Took, peer: Cell) -> tuple[Cell, ...]:
    netbox, everybody = took.netbox / cores(), (took.netbox + took.ours + took.scene) / cores()
    times = [peer / seconds if isinstance(peer, float) else "-" for seconds in (took.seconds, everybody, netbox)]
    return guests, name, took.seconds, took.netbox, took.ours, took.scene, everybody, netbox, peer, *times


def _took(work: Callable[[], None], netbox: NetBox) -> Took:
    before, start = _spent(netbox), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    theirs, ours, here = (now - then for now, then in zip(_spent(netbox), before, strict=True))
    return Took(seconds, theirs, ours, here - ours)


def _spent(netbox: NetBox) -> tuple[float, float, float]:
    """Return the seconds of processor time of NetBox, of our commands (which have ended), and of all that runs here."""
    times = os.times()
    return _processors(netbox.pids), times.children_user + times.children_system, _processors([os.getpid()])


def _processors(pids: Iterable[int]) -> float:
    """Return the seconds of processor time of processes, and of all that they started, ended or not."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, tuple[int, int]] = {}  # own, and of children that ended
    for path in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            number = int(path.parent.name)
            children.setdefault(int(fields[1]), []).append(number)
            ticks[number] = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    found, waiting = 0, [pid for pid in pids if pid in ticks]
    while waiting:
        pid = waiting.pop()
        found += sum(ticks[pid])
        waiting += children.get(pid, ())
    return found / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
