"""A day of operation in miniature: rounds of random changes on both sides, with collect, drift, plan and apply.

Run it as `python -m benchmarks.soak [--record] [--plugin] [--seed N] [ROUNDS]`. Proxmox and NetBox are the embedded
ones, in a process of their own; the commands run in this one, so that what they leave behind adds up. After each
round's apply a second plan must be empty: what is deferred or reported is in it, but no change. If it is not, the
benchmark ends with 1 and says the seed and the round: that is no timing, but a fault.

Memory is flat when the slope of the last half (least squares) is nothing beside what the process holds. It is measured
after the garbage collector, and the estate stays about as large as it is.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import RECORD, Result, show
from benchmarks.soaking.day import Days, SoakError
from benchmarks.soaking.world import a_world

ROUNDS = 200
WARM = 10  # rounds until every module is loaded and every cache is filled
GUESTS = 60
SEED = 1
PLUGIN = "--plugin"


@dataclass(frozen=True)
class Held:
    """What this process holds at one moment."""

    kib: int
    files: int
    objects: int


def main(arguments: list[str]) -> int:
    """Soak, and print what was found."""
    words = [text for text in arguments if text not in {RECORD, PLUGIN}]
    plugin = PLUGIN in arguments
    seed = int(words.pop(words.index("--seed") + 1)) if "--seed" in words else SEED
    rounds = int(next((text for text in words if text != "--seed"), ROUNDS))
    start = time.perf_counter()
    try:
        held, days = soak(rounds, seed, plugin=plugin)
    except SoakError as error:
        print(error, file=sys.stderr)
        return 1
    title = f"{rounds} rounds of changes on both sides"
    goal = "memory and file handles flat, the last plan empty"
    rows = _rows(held, days, time.perf_counter() - start)
    command = f"python -m benchmarks.soak {rounds}"
    show(Result("soak", title, command, goal, ("what", f"round {min(WARM, rounds)}", "end"), rows), arguments)
    return 0


def soak(rounds: int, seed: int, guests: int = GUESTS, *, plugin: bool = False) -> tuple[list[Held], Days]:
    """Return what was held after each round, and what happened; SoakError when a round ended badly."""
    with tempfile.TemporaryDirectory() as folder, a_world(seed, guests, plugin=plugin) as world:
        days = Days(Path(folder), world, seed)
        days.begin()
        held = []
        for _ in range(rounds):
            days.round()
            held.append(_held())
        return held, days


def _held() -> Held:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # one handle is the listing's own, every time
    return Held(pages * os.sysconf("SC_PAGE_SIZE") // 1024, files, len(gc.get_objects()))


def _rows(held: list[Held], days: Days, took: float) -> tuple[tuple[str | int | float, ...], ...]:
    first, last, half = held[min(WARM, len(held)) - 1], held[-1], held[len(held) // 2 :]
    tally = days.tally
    refused = tally.codes["plan 3"]
    codes = ", ".join(f"{name}: {count}" for name, count in sorted(tally.codes.items()))
    return (
        ("memory, MiB", first.kib / 1024, last.kib / 1024),
        ("slope of the last half, KiB a round", "", _slope([each.kib for each in half])),
        ("open files", first.files, last.files),
        ("living objects", first.objects, last.objects),
        ("seed, guests", "", f"{days.seed}, {GUESTS}"),
        ("things that happened", "", tally.happened),
        ("changes planned and applied", "", tally.planned),
        ("differences that drift found", "", tally.drifted),
        ("plans refused by a limit, then lifted", "", refused),
        ("how commands ended", "", codes),
        ("second plans with a change", "", 0),
        ("seconds", "", took),
    )


def _slope(values: list[int]) -> float:
    if len(values) < 2:  # noqa: PLR2004 # a line needs two points
        return 0.0
    return statistics.linear_regression(range(len(values)), values).slope


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
