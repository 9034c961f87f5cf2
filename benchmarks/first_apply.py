"""What a first apply costs on a real NetBox, beside a bare script that posts the same bulk bodies.

Run it as `python -m benchmarks.first_apply [--record] [GUESTS]`. Both are whole processes, NetBox is emptied before
each, and both are tried twice, in turn: the better time of each counts. The bare script sends what it is given as soon
as the objects it refers to exist, in batches of 100, and keeps apart what NetBox can't do at once; it has neither lock
nor journal, and looks at nothing.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.bare import ID_OF
from benchmarks.real import Place, place
from benchmarks.record import Result, show
from proxbox_plan.applier.bodies import Writer
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.model.values import Ref
from proxbox_plan.planner import KINDS

GUESTS, BATCH, ROUNDS = 500, 100, 2
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
        (name, len(plan.changes), sent if name == OURS else len(_requests(plan)), took, best[OURS] / took)
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
    (here.folder / "requests.json").write_text(json.dumps(_requests(plan)), encoding="utf-8")
    told = {"NETBOX_URL": here.url, "CONCURRENT": str(most)}
    script = Place(here.folder, here.url, here.token, {**here.environ, **told})
    return script.run([sys.executable, "-m", "benchmarks.bare", "send", "requests.json"])


def _requests(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan's creations and second passes as bulk requests in an order that works."""
    writer = Writer(KINDS, _version(plan), f"proxbox plan {plan.id}", _placeholder)  # type: ignore[arg-type]  # a stand-in for an id
    found: list[dict[str, Any]] = []
    place_of: dict[str, int] = {}
    for changes in _batches(plan.changes):
        first = changes[0]
        needs = {place_of[address] for change in changes for address in change.depends_on}
        needs |= set(_not_beside(first, found))
        place_of |= {change.address: len(found) for change in changes}
        found.append({
            "method": "POST" if first.action is Action.CREATE else "PATCH", "path": KINDS[first.kind].path,
            "rows": [_body(writer, change) for change in changes], "needs": sorted(needs - {len(found)}),
            "addresses": [change.address for change in changes],
        })  # fmt: skip
    return found


def _not_beside(first: Change, before: list[dict[str, Any]]) -> Iterable[int]:
    """Return the requests that must be over, or NetBox refuses one of the two or deadlocks: what anybody finds out."""
    kind = KINDS[first.kind]
    if first.action is not Action.CREATE:
        return range(len(before))
    alone = any(not item.counts for item in kind.disturbs)
    return (number for number, request in enumerate(before) if alone and request["path"] == kind.path)


def _body(writer: Writer, change: Change) -> dict[str, Any]:
    body = writer.body(change, None)
    return body if change.action is Action.CREATE else {"id": ID_OF + change.address.partition("#")[0], **body}


def _placeholder(ref: Ref) -> int | str:
    return ref.id or f"{ID_OF}{ref.address}"


def _batches(changes: tuple[Change, ...]) -> Iterator[list[Change]]:
    """Yield changes of one kind and action together, as many as fit, none before what it depends on."""
    left = {change.address: change for change in changes}
    while left:
        free = [change for change in left.values() if not any(need in left for need in change.depends_on)]
        groups = Counter((change.kind, change.action) for change in free)
        for group in groups:
            mine = [change for change in free if (change.kind, change.action) == group]
            for start in range(0, len(mine), BATCH):
                yield mine[start : start + BATCH]
        for change in free:
            del left[change.address]


def _version(plan: Plan) -> tuple[int, int]:
    major, minor = plan.binding.netbox_version.split(".")[:2]
    return int(major), int(minor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
