"""Digest of a plan's changes alone: a later plan of the same difference has it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxbox_plan.model.base import digest_of_each
from proxbox_plan.model.plan.change import Change, Delete


def changes_digest(changes: Iterable[Change]) -> str:
    """Return `sha256:<hex>` over what is done to which objects: no time stamp, no reason, nothing of the bookkeeping.

    The order does not count: it is derived from the changes.
    """
    return digest_of_each(_rows(sorted(changes, key=lambda change: change.address)))


def _rows(changes: Iterable[Change]) -> Iterator[list[Any]]:
    for change in changes:
        fields = [[item.field, item.before, item.after] for item in change.fields]
        yield [change.address, change.action.value, change.target_id, fields, *_more(change)]


def _more(change: Change) -> Iterator[list[Any]]:
    """Yield the key, where the address does not say it, and what goes along with a delete."""
    if change.key is not None and change.key != change.address.key:
        yield ["key", change.key]
    if isinstance(change, Delete) and change.along:
        items = ([item.model, item.id, item.effect.value, item.field, item.annotated] for item in change.along)
        yield ["along", *sorted(items, key=str)]
