"""Reasons: why a change is planned, in words; of what is deleted in stages, since when it was decommissioned."""

from __future__ import annotations

from typing import Final

from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.plan import Change, Delete, Reason
from proxbox_plan.model.policy import ReviewClass
from proxbox_plan.report.messages import REASONS, counted

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


def reason_words(change: Change, now: str | None = None) -> str:
    """Return why a change is planned, with a mark if no person need look at it.

    `now` is when NetBox was read (`Plan.read_at`).
    """
    return f"{_reason(change, now)}, auto" if change.review is ReviewClass.AUTO else _reason(change, now)


def _reason(change: Change, now: str | None) -> str:
    owned = change.ownership_before if isinstance(change, Delete) and change.reason is Reason.EXPIRED else None
    since = owned.last_applied.decommissioned if owned is not None and owned.last_applied is not None else None
    if since is None:
        return REASONS[change.reason]
    return f"decommissioned {since[:10]}{f', {_span(since, now)} ago' if now is not None else ''}"


def _span(since: str, now: str) -> str:
    seconds = int(seconds_between(since, now))
    return counted(seconds // _DAY, "day") if seconds >= _DAY else counted(seconds // _HOUR, "hour")
