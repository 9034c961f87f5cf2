"""The table of what was measured: seconds and requests, beside ours, and in the notes what each tool wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.peers.measuring import Measured, Run
from benchmarks.record import Cell

COLUMNS = (
    "tool",
    "guests",
    "first, s",
    "x ours",
    "requests",
    "x ours",
    "second, s",
    "x ours",
    "requests",
    "x ours",
    "writes",
    "objects",
)
NAMES = {
    "dcim/interfaces": "node interfaces",
    "virtualization/interfaces": "VM interfaces",
    "plugins/proxbox/endpoints/proxmox": "endpoints",
}
SIDECARS = "plugins/proxbox/sync-state/"
NOTHING = "-"


def rows(found: Sequence[Measured], ours: str) -> tuple[tuple[Cell, ...], ...]:
    """Return a row for each tool and size, compared with our row of that size."""
    base = {each.guests: each for each in found if each.tool == ours}
    return tuple(_row(each, base.get(each.guests)) for each in found)


def _row(each: Measured, ours: Measured | None) -> tuple[Cell, ...]:
    first = _cells(each.first, ours.first if ours else None)
    second = _cells(each.second, ours.second if ours else None)
    writes: Cell = each.second.counts.writes if each.second else NOTHING
    return each.tool, each.guests, *first, *second, writes, each.written.total()


def _cells(run: Run | None, ours: Run | None) -> tuple[Cell, Cell, Cell, Cell]:
    if run is None:
        return NOTHING, NOTHING, NOTHING, NOTHING
    requests = run.counts.requests
    if ours is None or ours is run:
        return run.seconds, NOTHING, requests, NOTHING
    return run.seconds, run.seconds / ours.seconds, requests, requests / max(ours.counts.requests, 1)


def beside(found: Sequence[Measured], ours: str, peer: str) -> tuple[str, ...]:
    """Return how a peer's second run compares with another row of ours, for each size."""
    base = {each.guests: each.second for each in found if each.tool == ours}
    pairs = [(each, base.get(each.guests)) for each in found if each.tool == peer]
    return tuple(
        f"Beside {ours}, {each.guests} guests: {peer} took {each.second.seconds / run.seconds:,.0f} times as long "
        f"for its second run, with {each.second.counts.requests / run.counts.requests:,.0f} times the requests."
        for each, run in pairs
        if each.second and run
    )


def notes(found: Sequence[Measured]) -> tuple[str, ...]:
    """Return what each tool wrote, and what stopped it."""
    return tuple(line for each in found for line in _notes(each))


def _notes(each: Measured) -> list[str]:
    who = f"{each.tool}, {each.guests} guests"
    lines = [f"{who}: {_kinds(each.written)}. Made for it beforehand: {each.seeded or 'nothing'}."]
    refused = sum(run.counts.refused.total() for run in (each.first, each.second) if run)
    if refused:
        lines.append(f"{who}: NetBox refused {refused:,} of its requests, both runs together.")
    if each.problem:
        lines.append(f"{who}: {each.problem}")
    return lines


def _kinds(written: Counter[str]) -> str:
    names: Counter[str] = Counter()
    for path, number in written.items():
        names[_name(path)] += number
    return ", ".join(f"{name} {number:,}" for name, number in names.most_common() if number) or "nothing"


def _name(path: str) -> str:
    if path.startswith(SIDECARS):
        return "sidecars"
    known = path.rpartition("/")[2].replace("-", " ")
    return NAMES.get(path, known.replace("ip ", "IP ").replace("mac ", "MAC ").replace("vlan", "VLAN"))
