"""Whether the applier finds the pace that suits a server: beside every fixed batch size and number of requests at once.

Run it as `python -m benchmarks.pacing [--record] [GUESTS]`. The servers are simulated (tests/applier/simulated.py): the
applier's own code, a made-up clock, 5 to 500 ms for each object, one to eight processors. So the numbers are the same
on every machine.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.record import Result, show
from proxbox_plan.applier.pace import Group, Pace
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.planner import make_plan, missing_lookups
from tests.applier.simulated import Server, seconds
from tests.planner.estate import estate

GUESTS = 500
MOST_OBJECTS, MOST_REQUESTS = 100, 4
EACH = (0.005, 0.02, 0.05, 0.1, 0.5)
CORES = (1, 2, 3, 4, 8)
SIZES = (10, 25, 50, 100)
AT_ONCE = (1, 2, 3, 4)


@dataclass
class Fixed(Pace):
    """A pace that never changes."""

    def __post_init__(self) -> None:
        """Use all that is allowed."""
        super().__post_init__()
        self.slots = self.most_requests

    def size(self, group: Group) -> int:  # noqa: ARG002 # the same for all
        """Return the size of all requests."""
        return self.most_objects

    def _learn(self, *_: object) -> None:
        """Learn nothing."""


def main(arguments: list[str]) -> int:
    """Try every server."""
    numbers = [int(text) for text in arguments if not text.startswith("--")]
    plan = first_plan(numbers[0] if numbers else GUESTS)
    rows = tuple(_tried(plan, each, cores) for each, cores in itertools.product(EACH, CORES))
    columns = ("ms an object", "processors", "best fixed: objects x at once", "best fixed, s", "worst fixed, s",
               "adaptive, s", "adaptive / best", "requests")  # fmt: skip
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
        plan, Server(each, cores), MOST_REQUESTS, lambda clock: Pace(MOST_OBJECTS, MOST_REQUESTS, clock)
    )
    best = fixed[size, most]
    return each * 1000, cores, f"{size} x {most}", best, max(fixed.values()), ours, ours / best, requests


def _fixed(size: int, most: int) -> Callable[[Callable[[], float]], Pace]:
    return lambda clock: Fixed(size, most, clock)


def first_plan(guests: int) -> Plan:
    """Return the plan of a first synchronisation to an empty NetBox."""
    state = estate(guests)
    policy = Policy(clusters=(ClusterPolicy(name="lab", site="DC1"),), create_sites=True)
    inventory = Inventory.make(url="http://simulated", netbox_version="4.7.3", clusters=("lab",))
    while lookups := missing_lookups(state, inventory, policy):
        asked = {kind: dict(filters) for kind, filters in inventory.asked.items()}
        for lookup in lookups:
            filters = asked.setdefault(lookup.kind, {})
            filters[lookup.filter] = (*filters.get(lookup.filter, ()), lookup.value)
        inventory = inventory.remade(asked=asked)
    return make_plan(state, inventory, policy, "sha256:none")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
