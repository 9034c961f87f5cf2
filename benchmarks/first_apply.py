"""What a first apply costs on a real NetBox, beside a bare script that posts the same bulk bodies.

Run it as `python -m benchmarks.first_apply [--record] [GUESTS]`. Both are whole processes, NetBox is emptied before
each, and both are tried twice, in turn: the better time of each counts. The bare script sends what it is given as soon
as the objects it refers to exist, in batches of 100, and keeps apart what NetBox cannot do at once; it has neither lock
nor journal, and looks at nothing.
"""

from __future__ import annotations

import json
import sys

from benchmarks.real import Place, place
from benchmarks.record import Result, show
from benchmarks.scripted import requests_of
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan

GUESTS, ROUNDS = 500, 2
OURS = "proxbox apply"
MOST_AT_ONCE = (4, 2)  # what we may use by default, and what two cores can do


def main(arguments: list[str]) -> int:
    """Measure and show."""
    numbers = [int(text) for text in arguments if not text.startswith("--")]
    guests = numbers[0] if numbers else GUESTS
    times: dict[str, list[float]] = {}
    with place(guests) as here:
        plan, sent = _rounds(here, times)
    best = {name: min(found) for name, found in times.items()}
    rows = tuple(
        (name, len(plan.changes), sent if name == OURS else len(requests_of(plan)), took, best[OURS] / took)
        for name, took in best.items()
    )
    columns = ("what", "changes", "write requests", "s", "proxbox apply / this")
    goal = "at most 1.10 times the bare script at the same concurrency"
    title = f"First apply of {guests} guests on a real NetBox"
    show(Result("first_apply", title, f"python -m benchmarks.first_apply {guests}", goal, columns, rows), arguments)
    return 0


def _rounds(here: Place, times: dict[str, list[float]]) -> tuple[Plan, int]:
    """Fill in the times; return the plan, and how many write requests our apply sent."""
    here.empty()
    here.proxbox("plan", "--state", "state.json", "-o", "plan.json")
    plan = read_document(here.folder / "plan.json", Plan)
    for number in range(ROUNDS):
        if number:
            here.empty()
        times.setdefault(OURS, []).append(here.proxbox("apply", "plan.json", "--outcome", f"done-{number}.json"))
        for most in MOST_AT_ONCE:
            here.empty()
            times.setdefault(f"bare script, {most} at once", []).append(_bare(here, plan, most))
    return plan, read_document(here.folder / "done-0.json", Outcome).writes


def _bare(here: Place, plan: Plan, most: int) -> float:
    (here.folder / "requests.json").write_text(json.dumps(requests_of(plan)), encoding="utf-8")
    told = {"NETBOX_URL": here.url, "CONCURRENT": str(most)}
    script = Place(here.folder, here.url, here.token, {**here.environ, **told})
    return script.run([sys.executable, "-m", "benchmarks.bare", "send", "requests.json"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
