"""Headline: what every view of a plan begins with: whether it may be applied, and what happens to the machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from proxbox_plan.core.listed import listed
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.report.messages import counted
from proxbox_plan.report.overview.entry import MachineEntry
from proxbox_plan.report.overview.fate import Fate
from proxbox_plan.report.overview.overview import PlanOverview
from proxbox_plan.report.summary import agreement, part_words
from proxbox_plan.report.values import named


def refusal(plan: Plan) -> str:
    """Return why apply refuses a plan; empty when it does not."""
    if plan.applicable:
        return ""
    reasons = ["over a change limit"] if any(not hit.forced for hit in plan.limits) else []
    denied = [named(hit.name) for hit in plan.checks if hit.severity is CheckSeverity.DENY]
    if denied:
        reasons.append(f"denied by the check{'s' if len(denied) > 1 else ''} {listed(denied)}")
    return f"REFUSED: {' and '.join(reasons) or 'apply does not run this plan'}."


def headline(plan: Plan, overview: PlanOverview) -> str:
    """Return what happens to the machines in one line."""
    if not overview.changes:
        if plan.targeting:
            return f"No changes for the targets ({part_words(plan.targeting)})."
        return agreement(plan, "No changes")
    title = "Partial plan" if plan.targeting else "Plan"
    return f"{title}: {', '.join(_parts(overview))}."


def fate_words(entries: Iterable[MachineEntry]) -> str:
    """Return how many of the machines have which fate: `2 deleted, 1 moved`."""
    counts = Counter(entry.fate for entry in entries)
    return ", ".join(f"{counts[fate]:,} {fate}" for fate in Fate if counts[fate])


def _parts(overview: PlanOverview) -> Iterator[str]:
    for entries, word in ((overview.machines, "machine"), (overview.nodes, "node")):
        total, fates = counted(len(entries), word), {entry.fate for entry in entries}
        if len(fates) == 1:
            yield f"{total} {entries[0].fate}"
        elif fates:
            yield f"{total} ({fate_words(entries)})"
    if others := sum(len(group.changes) for group in overview.others):
        yield counted(others, "other object")
