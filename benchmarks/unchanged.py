"""What a plan with nothing to do costs on a real NetBox, beside a bare script that reads the same lists.

Run it as `python -m benchmarks.unchanged [--record] [GUESTS]`. After a first apply, and a minute of quiet, three things
are tried in turn, each a whole process: `proxbox plan`, a bare script that sends the same GET requests, as many at
once, and `proxbox plan --inventory-cache`, which reads only what changed since. A NetBox beside its clients is as fast
as the machine is at that moment, so each round is compared in itself, and the median of the rounds counts.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

from benchmarks.real import Place, place
from benchmarks.record import Result, show
from proxbox_plan.cli.main import run
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.refresh import OVERLAP

GUESTS, ROUNDS, AT_ONCE = 500, 31, 4
PLAN = ("plan", "--state", "state.json")
CACHED = (*PLAN, "--inventory-cache", "cache.json")
WHOLE, BARE, REPLAN = "proxbox plan", "bare script that reads the same", "proxbox plan --inventory-cache"
Asked = list[tuple[str, dict[str, Any]]]
Round = dict[str, float]  # seconds


def main(arguments: list[str]) -> int:
    """Measure and show."""
    numbers = [int(text) for text in arguments if not text.startswith("--")]
    guests = numbers[0] if numbers else GUESTS
    with place(guests) as here:
        objects = _settle(here)
        requests = {name: len(_asked(here, words)[0]) for name, words in ((WHOLE, PLAN), (REPLAN, CACHED))}
        requests[BARE] = _prepare(here)
        took = _rounds(here)
        reading = [
            {name: _asked(here, words)[1] for name, words in ((WHOLE, PLAN), (REPLAN, CACHED))} for _ in range(ROUNDS)
        ]
    rows = tuple(
        (name, objects, requests[name], *_compared(took, name, BARE), *_compared(reading, name, WHOLE))
        for name in (WHOLE, BARE, REPLAN)
    )
    columns = (
        "what",
        "objects",
        "requests",
        "whole process, s",
        "beside the bare script",
        "reading NetBox, s",
        "beside reading all of it",
    )
    goal = (
        "a plan at most 1.25 times the bare script, with at most 40 requests; with an inventory cache at most 0.25 "
        "times the full reading"
    )
    title = f"A plan of {guests} guests with nothing to do, on a real NetBox"
    notes = ("The cache's plan is proven equal to the whole one: `tests/end_to_end/test_inventory_cache.py`.",)
    command = f"python -m benchmarks.unchanged {guests}"
    show(Result("unchanged", title, command, goal, columns, rows, notes=notes), arguments)
    return 0


def _settle(here: Place) -> int:
    """Make NetBox say what Proxmox says, fill the cache, and return how many objects that are."""
    here.empty()
    here.proxbox(*PLAN)
    here.proxbox("apply", "plan.json")
    time.sleep(OVERLAP + 5)  # what is younger is read again
    here.proxbox(*CACHED)
    cache = json.loads((here.folder / "cache.json").read_text(encoding="utf-8"))
    assert json.loads((here.folder / "plan.json").read_text(encoding="utf-8"))["changes"] == []  # noqa: S101 # or nothing of this counts
    return sum(len(rows) for rows in cache["kinds"].values())


def _rounds(here: Place) -> list[Round]:
    told = {"NETBOX_URL": here.url, "CONCURRENT": str(AT_ONCE)}
    script = Place(here.folder, here.url, here.token, {**here.environ, **told})
    return [
        {
            WHOLE: here.proxbox(*PLAN),
            BARE: script.run([sys.executable, "-m", "benchmarks.bare", "read", "lists.json"]),
            REPLAN: here.proxbox(*CACHED),
        }
        for _ in range(ROUNDS)
    ]


def _compared(rounds: list[Round], name: str, other: str) -> tuple[float | str, float | str]:
    """Return the median of the seconds something took, and of how they compare with the other's of the same round."""
    if name not in rounds[0]:
        return "-", "-"
    return (
        statistics.median(each[name] for each in rounds),
        statistics.median(each[name] / each[other] for each in rounds),
    )


def _prepare(here: Place) -> int:
    """Write down the lists a plan reads, for the bare script; return how many requests these are, with all pages."""
    asked, _ = _asked(here, PLAN)
    firsts = [
        {"path": path, "query": {name: value for name, value in query.items() if name not in ("limit", "start")}}
        for path, query in asked
        if query.get("start") == "0"
    ]
    (here.folder / "lists.json").write_text(json.dumps(firsts), encoding="utf-8")
    return sum("start" in query for _, query in asked)


def _asked(here: Place, words: tuple[str, ...]) -> tuple[Asked, float]:
    """Run a command in this process; return the requests it sent, and the seconds from the first to the last answer."""
    found: Asked = []
    moments: list[float] = []
    send = NetBox._send  # noqa: SLF001 # where all requests go through

    async def noted(self: NetBox, method: str, path: str, query: Mapping[str, Any] | None, *rest: Any) -> Any:
        found.append((path, {name: _plain(value) for name, value in (query or {}).items()}))
        moments.append(time.perf_counter())
        try:
            return await send(self, method, path, query, *rest)
        finally:
            moments.append(time.perf_counter())

    with patch.object(NetBox, "_send", noted), _inside(here):
        code = run(words)
    if code:
        raise RuntimeError(f"{words} ended with {code}")
    return found, max(moments) - min(moments)


def _plain(value: Any) -> str | list[str]:
    return str(value) if isinstance(value, int | str) else list(value)


@contextlib.contextmanager
def _inside(here: Place) -> Iterator[None]:
    quiet = io.StringIO()
    with contextlib.chdir(here.folder), patch.dict(os.environ, here.environ):  # noqa: SIM117 # one line each
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
