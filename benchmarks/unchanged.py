"""What a plan with nothing to do costs on a real NetBox, beside a bare script that reads the same lists.

Run it as `python -m benchmarks.unchanged [--record] [GUESTS]`. After a first apply, and a minute of quiet, three things
are tried in turn, each a whole process, and the best time of each counts: `proxbox plan`, a bare script that sends the
same GET requests, as many at once, and `proxbox plan --inventory-cache`, which reads only what changed since.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

from benchmarks.real import Place, place
from benchmarks.record import Result, show
from proxbox_plan.cli.main import run
from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.collector.refresh import OVERLAP

GUESTS, ROUNDS, AT_ONCE = 500, 5, 4
PLAN = ("plan", "--state", "state.json")
CACHED = (*PLAN, "--inventory-cache", "cache.json")
WHOLE, BARE, REPLAN = "proxbox plan", "bare script that reads the same", "proxbox plan --inventory-cache"
Asked = list[tuple[str, dict[str, Any]]]


def main(arguments: list[str]) -> int:
    """Measure and show."""
    numbers = [int(text) for text in arguments if not text.startswith("--")]
    guests = numbers[0] if numbers else GUESTS
    with place(guests) as here:
        objects = _settle(here)
        requests = {name: len(_asked(here, words)[0]) for name, words in ((WHOLE, PLAN), (REPLAN, CACHED))}
        requests[BARE] = _prepare(here)
        best = _best(here)
        reading = {
            name: min(_asked(here, words)[1] for _ in range(ROUNDS))
            for name, words in ((WHOLE, PLAN), (REPLAN, CACHED))
        }
    rows = tuple(
        (name, objects, requests[name], took, took / best[BARE],
         reading.get(name, "-"), reading[name] / reading[WHOLE] if name in reading else "-")
        for name, took in best.items()
    )  # fmt: skip
    columns = ("what", "objects", "requests", "whole process, s", "beside the bare script", "reading NetBox, s",
               "beside reading all of it")  # fmt: skip
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


def _best(here: Place) -> dict[str, float]:
    best = dict.fromkeys((WHOLE, BARE, REPLAN), float("inf"))
    told = {"NETBOX_URL": here.url, "CONCURRENT": str(AT_ONCE)}
    script = Place(here.folder, here.url, here.token, {**here.environ, **told})
    for _ in range(ROUNDS):
        best[WHOLE] = min(best[WHOLE], here.proxbox(*PLAN))
        best[BARE] = min(best[BARE], script.run([sys.executable, "-m", "benchmarks.bare", "read", "lists.json"]))
        best[REPLAN] = min(best[REPLAN], here.proxbox(*CACHED))
    return best


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
