"""Digest of a plan's changes alone: a later plan of the same difference has it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxbox_plan.model.base import digest_of_each
from proxbox_plan.model.plan.change import Change


def changes_digest(changes: Iterable[Change]) -> str:
    """Return `sha256:<hex>` over what is done to which objects: no time stamp, no reason, nothing of the bookkeeping.

    The order does not count: it is derived from the changes.
    """
    return digest_of_each(_rows(sorted(changes, key=lambda change: change.address)))


def _rows(changes: Iterable[Change]) -> Iterator[list[Any]]:
    for change in changes:
        fields = [[item.field, item.before, item.after] for item in change.fields]
        yield [change.address, change.action.value, change.target_id, fields]
