"""Whether adaptive concurrency finds what suits a server, compared with every fixed batch size and number of requests.

Run it as `python -m benchmarks.pacing [--record] [GUESTS]`. The servers are simulated (tests/apply/simulated.py): the
applier's own code, a made-up clock, 5 to 500 ms for each object, one to eight processors. So the numbers are the same
on every machine.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable

from benchmarks.record import Result, show
from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.model.plan import Plan
from tests.apply.simulated import Fixed, Server, first_plan, seconds

GUESTS = 500
MOST_OBJECTS, MOST_REQUESTS = 100, 4
EACH = (0.005, 0.02, 0.05, 0.1, 0.5)
CORES = (1, 2, 3, 4, 8)
SIZES = (10, 25, 50, 100)
AT_ONCE = (1, 2, 3, 4)


def main(arguments: list[str]) -> int:
    """Try every server."""
    numbers = [int(text) for text in arguments if not text.startswith("--")]
    plan = first_plan(numbers[0] if numbers else GUESTS)
    rows = tuple(_tried(plan, each, cores) for each, cores in itertools.product(EACH, CORES))
    columns = (
        "ms an object",
        "processors",
        "best fixed: objects x at once",
        "best fixed, s",
        "worst fixed, s",
        "adaptive, s",
        "adaptive / best",
        "requests",
    )
    goal = "never more than 1.10 times the best fixed setting"
    command = "python -m benchmarks.pacing"
    show(Result("pacing", "Batch size and requests at once", command, goal, columns, rows), arguments)
    return 0


def _tried(plan: Plan, each: float, cores: int) -> tuple[int | float | str, ...]:
    fixed = {
        (size, most): seconds(plan, Server(each, cores), most, _fixed(size, most))[0]
        for size, most in itertools.product(SIZES, AT_ONCE)
    }
    size, most = min(fixed, key=lambda setting: fixed[setting])
    ours, requests = seconds(
        plan, Server(each, cores), MOST_REQUESTS, lambda clock: AdaptiveConcurrency(MOST_OBJECTS, MOST_REQUESTS, clock)
    )
    best = fixed[size, most]
    return each * 1000, cores, f"{size} x {most}", best, max(fixed.values()), ours, ours / best, requests


def _fixed(size: int, most: int) -> Callable[[Callable[[], float]], AdaptiveConcurrency]:
    return lambda clock: Fixed(size, most, clock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
