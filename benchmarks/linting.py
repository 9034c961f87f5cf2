"""What linting costs: all rules on a state and an inventory, beside a plan of the same two with nothing to do.

Run it as `python -m benchmarks.linting [--record] GUESTS ...`. Each line is one size: seconds of both without reading
files, the best of three, and how much of a plan a lint takes. Every guest has findings.
"""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.planning import best
from benchmarks.record import Result, show
from proxbox_plan.lint import make_lint
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.plan import make_plan
from tests.plan.estate import estate, settled

POLICY = Policy(clusters=(ClusterPolicy(name="lab", site="DC1", host="pve.example"),), create_sites=True)


def main(arguments: list[str]) -> int:
    """Measure every size that was asked for."""
    sizes = [int(text) for text in arguments if not text.startswith("--")] or [1000, 5000]
    rows: list[tuple[int | float, ...]] = []
    for guests in sizes:
        findings, lint, plan = linted(guests)
        rows.append((guests, findings, lint, plan, lint / plan))
    command = f"python -m benchmarks.linting {' '.join(map(str, sizes))}"
    columns = ("guests", "findings", "lint, s", "plan, s", "lint / plan")
    goal = "at most a third of a plan, without reading the files"
    show(Result("linting", "Linting a state", command, goal, columns, tuple(rows)), arguments)
    return 0


def linted(guests: int) -> tuple[int, float, float]:
    """Return the findings of so many guests, and the seconds of linting and of planning them."""
    state = estate(guests)
    inventory = settled(state)
    lint = partial(make_lint, state, LintSettings(), POLICY, inventory)
    return len(lint().findings), best(lint), best(partial(make_plan, state, inventory, POLICY, "sha256:config"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
