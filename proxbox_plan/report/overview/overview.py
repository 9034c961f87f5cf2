"""Overview: a plan by machine, then by node, then what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from proxbox_plan.model.plan import Action, Change, Plan, Units
from proxbox_plan.report.overview.entry import MachineEntry, entries, natural
from proxbox_plan.report.summary import Group, groups, news


@dataclass(frozen=True, slots=True)
class PlanOverview:
    """A plan's changes, one per object, around what they happen to."""

    machines: tuple[MachineEntry, ...]  # guests
    nodes: tuple[MachineEntry, ...]
    others: tuple[Group, ...]  # by cluster and kind: VLANs, and what others need
    changes: tuple[Change, ...]
    units: Units

    @property
    def actions(self) -> Counter[Action]:
        """To how many objects each action happens."""
        return Counter(change.action for change in self.changes)


def overview_of(plan: Plan) -> PlanOverview:
    """Return a plan as a reviewer asks about it."""
    changes = news(plan)
    made, others = entries(changes, plan.machines, plan.read_at)
    return PlanOverview(
        machines=tuple(entry for entry in made if not entry.is_node),
        nodes=tuple(entry for entry in made if entry.is_node),
        others=tuple(Group(group.cluster, group.kind, _sorted(group.changes)) for group in groups(others)),
        changes=tuple(changes),
        units=plan.binding.units,
    )


def _sorted(changes: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: natural(change.name)))
