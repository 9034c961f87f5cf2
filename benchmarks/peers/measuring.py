"""One tool, measured: NetBox is emptied, the tool runs twice, and what it wrote is counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.peers.bed import NetBox
from benchmarks.peers.processes import ToolError, last_lines
from benchmarks.peers.proxy import Counts, Proxy
from benchmarks.peers.scene import Session, Tool, staged

QUICK_SECONDS, ROUNDS = 30.0, 5


@dataclass(frozen=True)
class Run:
    """One of the two runs."""

    seconds: float
    counts: Counts


@dataclass
class Measured:
    """What became of one tool with one cluster."""

    tool: str
    guests: int
    first: Run | None = None
    second: Run | None = None
    problem: str = ""
    """Why it did not come to its end."""
    log: str = ""
    """What it said last, when it did not."""
    seeded: int = 0
    """Objects it wanted to find."""
    written: Counter[str] = field(default_factory=Counter)
    """Objects it made, by the path of their kind."""


def measure(tool: Tool, guests: int, netbox: NetBox) -> Measured:
    """Run a tool twice on a NetBox that was empty; what stops it is kept with what was measured until then."""
    found = Measured(tool.name, guests)
    netbox.reset()
    empty = netbox.counts()
    with staged(guests, netbox) as scene:
        try:
            with tool.session(scene) as session:
                before = Counter(netbox.counts())
                found.seeded = before.total() - Counter(empty).total()
                _both_runs(found, tool, session, scene.proxy)
                found.written = Counter(netbox.counts())
                found.written.subtract(before)
        except ToolError as error:
            found.problem = f"It cannot begin: {error}"
        found.log = last_lines(scene.log) if found.problem else ""
    return found


def _both_runs(found: Measured, tool: Tool, session: Session, proxy: Proxy) -> None:
    name = "first"
    try:
        found.first = _timed(session.first, proxy)
        time.sleep(tool.pause)
        name = "second"
        found.second = _median(session.second, proxy)
    except ToolError as error:
        requests = proxy.take().requests
        found.problem = f"The {name} run did not come to its end, after {requests:,} requests: {error}"


def _median(work: Callable[[], None], proxy: Proxy) -> Run:
    """Measure what changes nothing: once, or five times when that is quick, as then luck counts for much of it."""
    runs = [_timed(work, proxy)]
    while runs[0].seconds < QUICK_SECONDS and len(runs) < ROUNDS:
        runs.append(_timed(work, proxy))
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def _timed(work: Callable[[], None], proxy: Proxy) -> Run:
    proxy.take()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Run(seconds, proxy.take())
