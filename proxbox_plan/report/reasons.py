"""Reasons: why a change is planned, in words; of what is deleted in stages, since when it was decommissioned."""

from __future__ import annotations

from typing import Final

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.plan import Change, Delete, Reason
from proxbox_plan.model.policy import ReviewClass
from proxbox_plan.model.task_author import TaskAuthor
from proxbox_plan.report.messages import REASONS, counted

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


def reason_words(change: Change, now: str | None = None) -> str:
    """Return why a change is planned and who did it in Proxmox, with a mark if no person need look at it.

    `now` is when NetBox was read (`Plan.read_at`).
    """
    words = [_reason(change, now)]
    if change.tasks:
        words.append(f"by {'; '.join(map(task_words, change.tasks))}")
    if change.review is ReviewClass.AUTO:
        words.append("auto")
    return ", ".join(words)


def task_words(task: TaskAuthor) -> str:
    """Return who did something in Proxmox, how and when."""
    return f"{sanitized(task.user)}, {sanitized(task.type)}, {task.time}"


def _reason(change: Change, now: str | None) -> str:
    owned = change.ownership_before if isinstance(change, Delete) and change.reason is Reason.EXPIRED else None
    since = owned.last_applied.decommissioned if owned is not None and owned.last_applied is not None else None
    if since is None:
        return REASONS[change.reason]
    return f"decommissioned {since[:10]}{f', {_span(since, now)} ago' if now is not None else ''}"


def _span(since: str, now: str) -> str:
    seconds = int(seconds_between(since, now))
    return counted(seconds // _DAY, "day") if seconds >= _DAY else counted(seconds // _HOUR, "hour")
