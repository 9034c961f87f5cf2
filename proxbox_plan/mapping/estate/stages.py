"""Stages: what becomes of our object now that its source is gone: which stage of its removal is due, or who stopped it.

An object that was decommissioned says so itself: by its status, and by our stamp in its last-applied data. Where they
disagree a person had a hand in it, and nothing more is done to it.
"""

from __future__ import annotations

from enum import Enum, auto

from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, OnMissing
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.policy import Policy

_NEVER = LastApplied()


class RemovalStage(Enum):
    """What becomes of an object."""

    KEPT = auto()
    DECOMMISSIONED = auto()  # it is now, or has been and stays
    DELETED = auto()
    EDITED = auto()  # a person gave it another status since: it stays as it is
    UNSTAMPED = auto()  # it has the status, and nothing of ours says since when: it stays as it is
    UNTIMED = auto()  # it is decommissioned, and it is not known what time it is


STOPPED = frozenset({RemovalStage.EDITED, RemovalStage.UNSTAMPED})


def stage_of(policy: Policy, now: str | None, kind: Kind, row: Row) -> RemovalStage:
    """Return what becomes of an object whose source is proven gone; `now` is NetBox's clock when it was read."""
    removal = policy.removal(kind)
    if removal.first is not OnMissing.DECOMMISSION:
        return RemovalStage.KEPT if removal.first is OnMissing.KEEP else RemovalStage.DELETED
    if removal.period is None or not has_begun(kind, row):
        return RemovalStage.DECOMMISSIONED
    since = (row.last_applied or _NEVER).decommissioned
    if row.fields.get("status") != kind.retired or _applied_status(row) != kind.retired:
        return RemovalStage.EDITED
    if since is None:
        return RemovalStage.UNSTAMPED
    if now is None:
        return RemovalStage.UNTIMED
    return (
        RemovalStage.DELETED if seconds_between(since, now) >= removal.period.seconds else RemovalStage.DECOMMISSIONED
    )


def has_begun(kind: Kind, row: Row) -> bool:
    """Whether we have decommissioned an object, whatever a person made of it since."""
    return (row.last_applied or _NEVER).decommissioned is not None or _applied_status(row) == kind.retired


def _applied_status(row: Row) -> object:
    return (row.last_applied or _NEVER).fields.get("status")
