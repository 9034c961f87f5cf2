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


class Fate(Enum):
    """What becomes of an object."""

    KEPT = auto()
    DECOMMISSIONED = auto()  # it is now, or has been and stays
    DELETED = auto()
    EDITED = auto()  # a person gave it another status since: it stays as it is
    UNSTAMPED = auto()  # it has the status, and nothing of ours says since when: it stays as it is
    UNTIMED = auto()  # it is decommissioned, and it is not known what time it is


STOPPED = frozenset({Fate.EDITED, Fate.UNSTAMPED})


def fate_of(policy: Policy, now: str | None, kind: Kind, row: Row) -> Fate:
    """Return what becomes of an object whose source is proven gone; `now` is NetBox's clock when it was read."""
    removal = policy.removal(kind)
    if removal.first is not OnMissing.DECOMMISSION:
        return Fate.KEPT if removal.first is OnMissing.KEEP else Fate.DELETED
    if removal.period is None or not has_begun(kind, row):
        return Fate.DECOMMISSIONED
    since = (row.last_applied or _NEVER).decommissioned
    if row.fields.get("status") != kind.retired or _applied_status(row) != kind.retired:
        return Fate.EDITED
    if since is None:
        return Fate.UNSTAMPED
    if now is None:
        return Fate.UNTIMED
    return Fate.DELETED if seconds_between(since, now) >= removal.period.seconds else Fate.DECOMMISSIONED


def has_begun(kind: Kind, row: Row) -> bool:
    """Whether we have decommissioned an object, whatever a person made of it since."""
    return (row.last_applied or _NEVER).decommissioned is not None or _applied_status(row) == kind.retired


def _applied_status(row: Row) -> object:
    return (row.last_applied or _NEVER).fields.get("status")
