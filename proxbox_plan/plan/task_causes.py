"""Which task of Proxmox is behind a change, where its log says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from proxbox_plan.mapping import GUEST
from proxbox_plan.model.plan import Action, Cause, Change, Create, Reason, key_of
from proxbox_plan.model.state import Cluster
from proxbox_plan.model.state.task_history import (
    CONFIGURED,
    DESTROYED,
    MADE,
    MIGRATED,
    PART_MADE,
    PART_REMOVED,
    STATUS_SET,
    Doing,
    TaskHistory,
)

_IN_PROXMOX: Final = frozenset({Cause.PROXMOX, Cause.BOTH})
GONE: Final = frozenset({Reason.GONE, Reason.PARENT_GONE, Reason.REPLACED})


def doing_of(kind: str, action: Action, field: str | None = None) -> Doing:
    """Return which tasks create, update or delete what an object documents: a guest itself, or a part of one."""
    own = kind == GUEST.name
    if action is Action.CREATE:
        return MADE if own else PART_MADE
    if action is Action.DELETE:
        return DESTROYED if own else PART_REMOVED
    if own and field == "status":
        return STATUS_SET
    return MIGRATED if own and field == "device" else CONFIGURED


def with_task_authors(changes: Sequence[Change], clusters: Iterable[Cluster]) -> tuple[Change, ...]:
    """Return the changes with the tasks that are behind them: of each thing that one does, where exactly one fits.

    What came or went with its guest has none of its own.
    """
    history = TaskHistory.of(clusters)
    if history.is_empty:
        return tuple(changes)
    whole = {key_of(change).machine for change in changes if change.kind == GUEST.name and _is_whole(change)}
    return tuple(
        change if change.kind != GUEST.name and key_of(change).machine in whole else _with_authors(change, history)
        for change in changes
    )


def _is_whole(change: Change) -> bool:
    return isinstance(change, Create) or change.reason in GONE


def _with_authors(change: Change, history: TaskHistory) -> Change:
    authors = history.authors(key_of(change).machine, _doings(change))
    return change.replace(tasks=authors) if authors else change


def _doings(change: Change) -> Iterator[Doing]:
    """Yield what was done in Proxmox; nothing for what was not."""
    if change.reason in GONE:  # deleted, or decommissioned
        yield doing_of(change.kind, Action.DELETE)
    elif change.reason is Reason.NEW:
        yield doing_of(change.kind, Action.CREATE)
    else:
        for field in change.fields:
            if field.cause in _IN_PROXMOX:
                yield doing_of(change.kind, Action.UPDATE, field.field)
