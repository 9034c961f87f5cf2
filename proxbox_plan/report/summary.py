"""A plan in one line, and its changes by cluster and kind: what every view of a plan starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.report.words import counted, kind_word

SHARED = "shared by all clusters"

_VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.DELETE: "to delete",
    Action.ADOPT: "to adopt",
    Action.FORGET: "to forget",
}
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind in one cluster, in the plan's order."""

    cluster: str | None
    kind: str
    changes: tuple[Change, ...]


def groups(changes: Iterable[Change]) -> Iterator[Group]:
    """Yield changes by cluster (what all share first, then by name) and kind (in the plan's order)."""
    found: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        found.setdefault((change.cluster or "", change.kind), []).append(change)
    for cluster, kind in sorted(found, key=lambda place: place[0]):
        yield Group(cluster or None, kind, tuple(found[cluster, kind]))


def action_counts(plan: Plan) -> Counter[Action]:
    """Return how many changes there are of each action."""
    return Counter(change.action for change in plan.changes)


def verdict(plan: Plan) -> str:
    """Return the plan in one line."""
    if not plan.changes:
        return _nothing_to_do(plan)
    counts = action_counts(plan)
    actions = [f"{counts[action]:,} {verb}" for action, verb in _VERBS.items() if action in _ALWAYS or counts[action]]
    return "; ".join([f"Plan: {', '.join(actions)}", *_asides(plan)]) + "."


def _nothing_to_do(plan: Plan) -> str:
    agrees = "NetBox agrees with Proxmox" if plan.complete else "NetBox agrees with what could be read of Proxmox"
    return "; ".join([f"No changes. {agrees}", *_asides(plan)]) + "."


def _asides(plan: Plan) -> Iterator[str]:
    if plan.withheld:
        yield f"{len(plan.withheld):,} withheld"
    if plan.kept:
        yield f"{counted(len(plan.kept), 'field')} left to NetBox"
    if plan.problems:
        yield counted(len(plan.problems), "problem")


def unchanged_line(unchanged: Mapping[str, int]) -> str:
    """Return what already agrees: `Unchanged: 4 devices, 200 virtual machines.`; nothing when there is nothing."""
    parts = [f"{count:,} {kind_word(kind, count)}" for kind, count in sorted(unchanged.items()) if count]
    return f"Unchanged: {', '.join(parts)}." if parts else ""
