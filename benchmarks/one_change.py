"""What one changed guest of 5,000 costs: `proxbox plan` and `proxbox apply` on a NetBox as slow as a real one.

Run it as `python -m benchmarks.one_change [--record] [GUESTS]`. The guest has other memory, and a NIC of it is in
another VLAN. The plan cannot be faster than its reads: what NetBox is at work for them, two at once. Making the NetBox
(a plan and an apply of everything, while it answers as fast as it can) takes a minute or two, which is not measured.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.memory import PLAN, write_config
from benchmarks.process import Measured, proxbox
from benchmarks.record import RECORD, Result, show
from benchmarks.served import CORES, NetBoxProcess, Served
from proxbox_plan.documents import write_document
from proxbox_plan.model.state import State
from tests.plan.estate import estate

GUESTS = 5_000
CHANGES = 2  # exit code of `--detailed-exitcode`


def main(arguments: list[str]) -> int:
    """Make a NetBox that agrees, change one guest, plan and apply."""
    guests = next((int(text) for text in arguments if text != RECORD), GUESTS)
    with tempfile.TemporaryDirectory() as name, NetBoxProcess() as netbox:
        folder = Path(name)
        state = estate(guests)
        write_config(folder, netbox)
        write_document(state, folder / "state.json")
        proxbox(folder, *PLAN, "--out", "first.json", codes=(CHANGES,), token=netbox.token)
        proxbox(folder, "apply", "first.json", token=netbox.token)
        netbox.served()
        netbox.take_time()
        write_document(_changed(state), folder / "state.json")
        plan = proxbox(folder, *PLAN, codes=(CHANGES,), token=netbox.token)
        read = netbox.served()
        apply = proxbox(folder, "apply", "plan.json", token=netbox.token)
        wrote = netbox.served()
    for one in wrote:
        print(f"apply: {one.method} {one.path}", file=sys.stderr)
    rows = (_row("plan", guests, plan, read), _row("apply", guests, apply, wrote))
    columns = (
        "command",
        "guests",
        "requests",
        "NetBox at work, s",
        "alone, s",
        "took, s",
        "ratio",
        "of it our processor, s",
    )
    goal = "the plan costs its reads; the apply at most 6 requests, of whatever method"
    command = "python -m benchmarks.one_change" + (f" {guests}" if guests != GUESTS else "")
    show(Result("one_change", "One guest changed", command, goal, columns, rows), arguments)
    return 0


def _changed(state: State) -> State:
    """Return the state with other memory in one guest, and one NIC of it in the VLAN of another."""
    cluster = state.clusters[0]
    number = len(cluster.guests) // 2
    guest = cluster.guests[number]
    first, *others = guest.nics
    nics = (first.model_copy(update={"tag": others[0].tag}), *others)
    changed = guest.model_copy(update={"memory_mib": 2 * (guest.memory_mib or 1), "nics": nics})
    guests = (*cluster.guests[:number], changed, *cluster.guests[number + 1 :])
    return State.make(clusters=(cluster.model_copy(update={"guests": guests}),))


def _row(command: str, guests: int, took: Measured, served: Sequence[Served]) -> tuple[str | int | float, ...]:
    at_work = sum(one.seconds for one in served)
    alone = at_work / CORES if command == "plan" else at_work  # what an apply sends waits for what came before
    return command, guests, len(served), at_work, alone, took.seconds, took.seconds / alone, took.busy


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
