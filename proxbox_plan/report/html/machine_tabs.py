"""The machines and nodes of a plan on its page: a row for each, which points to the rows of its changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.report.along import along_words
from proxbox_plan.report.html.cells import ids_of
from proxbox_plan.report.html.model import Mood, PageRow, Tab
from proxbox_plan.report.messages import GUEST_WORDS
from proxbox_plan.report.overview.entry import MachineEntry
from proxbox_plan.report.overview.fate import WHOLE, Fate
from proxbox_plan.report.overview.folding import part_counts
from proxbox_plan.report.overview.overview import PlanOverview
from proxbox_plan.report.values import named, said

CHANGES = "changes"
"""The list whose rows are the changes."""

FATES: dict[str, Mood] = {
    Fate.DELETED: "bad",
    Fate.DECOMMISSIONED: "bad",
    Fate.FORGOTTEN: "quiet",
    Fate.MOVED: "change",
    Fate.RENAMED: "change",
    Fate.CHANGED: "change",
    Fate.ADOPTED: "take",
    Fate.NEW: "good",
}


def machine_tabs(overview: PlanOverview, places: Mapping[Address, int]) -> Iterator[Tab]:
    """Yield a list of the machines, and one of the nodes; without those that are empty.

    `places` says where each change is among the rows of all changes.
    """
    for id_, title, entries in (("machines", "Machines", overview.machines), ("nodes", "Nodes", overview.nodes)):
        rows = tuple(_row(entry, places) for entry in entries)
        if rows:
            yield Tab(id_, title, rows, whys="All nodes", placed=True)


def _row(entry: MachineEntry, places: Mapping[Address, int]) -> PageRow:
    own = entry.own
    return PageRow(
        entry.fate,
        GUEST_WORDS.get(entry.key.sort, named(entry.key.sort)),
        named(entry.name),
        named(entry.cluster),
        named(entry.node),
        named(entry.key),
        said("; ".join(filter(None, (_why(entry), along_words(own) if own else "")))),
        ids=ids_of(own) if own is not None else "",
        own=places[own.address] if own is not None else None,
        parts=tuple(places[part.change.address] for part in entry.parts),
    )


def _why(entry: MachineEntry) -> str:
    """Return why a machine comes or goes, and with how many parts; of one that changes, its fields say more."""
    if entry.fate not in WHOLE or not entry.why:
        return ""
    return "; ".join(filter(None, (entry.why, part_counts([entry]))))
