"""Comparing: states with each other, and how drift went. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.compare.states import diff_states
from proxbox_plan.model.base import Document
from proxbox_plan.model.difference import StateDiff
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.plan.drift_causes import with_consequences
from proxbox_plan.report.trend import Trend, trend_of


def diff(before: State, after: State) -> StateDiff:
    """Return what changed between two states, with renames and moves recognized."""
    return diff_states(before, after)


def drift_of(plan: Plan) -> Drift:
    """Return a plan as drift: what differs, on which side it was changed, and what only follows from other drift.

    Who changed it is not in a plan: NetBox's changelog and Proxmox's task log know.
    """
    return with_consequences(make_drift(plan))


def trend(documents: Sequence[Document]) -> Trend:
    """Return how drift went, from several drift documents; UsageError when one is something else."""
    return trend_of(documents)
