"""Who changed the guests between two states, as the task log of the later one says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import seconds
from proxbox_plan.model.difference import ObjectDiff, Sort
from proxbox_plan.model.state import GUEST_TYPES, State
from proxbox_plan.model.state.task_history import (
    CONFIGURED,
    DESTROYED,
    MADE,
    MIGRATED,
    STATUS_SET,
    Doing,
    TaskHistory,
)

_WHOLE: Final = {Sort.ADDED: (MADE,), Sort.REMOVED: (DESTROYED,), Sort.REPLACED: (DESTROYED, MADE)}


def with_authors(objects: Iterable[ObjectDiff], before: State, after: State) -> Iterator[ObjectDiff]:
    """Yield the objects with the tasks that are behind them: of each thing that happened, where exactly one fits."""
    history = TaskHistory.of(after.clusters)
    for item in objects:
        if item.kind not in GUEST_TYPES or history.is_empty:
            yield item
            continue
        since = before.collected.get(item.cluster)
        key = Key.of(item.cluster, item.kind, item.id)
        authors = history.authors(key, _doings(item), seconds(since) if since else 0)
        yield item.replace(tasks=authors) if authors else item


def _doings(item: ObjectDiff) -> Iterator[Doing]:
    if item.sort in _WHOLE:
        yield from _WHOLE[item.sort]
        return
    for field in item.fields:
        yield {"status": STATUS_SET, "node": MIGRATED}.get(field.field, CONFIGURED)
