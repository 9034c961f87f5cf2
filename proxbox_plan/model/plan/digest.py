"""Digest of a plan's changes, and of what they refer to: a later plan of the same difference has it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.model.base import digest_of_each
from proxbox_plan.model.plan.change import Change, Delete
from proxbox_plan.model.reference import refs_of

Referred = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Kind -> NetBox id -> fields of the natural keys of a shared object, references as ids."""


def changes_digest(changes: Iterable[Change], referred: Referred) -> str:
    """Return `sha256:<hex>` over what is done to which objects: no time stamp, no reason, nothing of the bookkeeping.

    What the shared objects are that a change refers to belongs to it: a VLAN of another group is another VLAN. The
    order does not count: it is derived from the changes.
    """
    ordered = sorted(changes, key=lambda change: change.address)
    return digest_of_each(
        [*row, *_meant(change, referred)] for change, row in zip(ordered, _rows(ordered), strict=True)
    )


def said_of(referred: Referred, kind: str, number: int | None) -> Mapping[str, Any] | None:
    """Return what a plan says of a shared object that changes refer to; null when it says nothing."""
    return referred.get(kind, {}).get(str(number))


def _meant(change: Change, referred: Referred) -> Iterator[list[Any]]:
    refs = {(ref.kind, ref.id) for item in change.fields for ref in refs_of(item.after) if ref.id is not None}
    said = [[*ref, found] for ref in sorted(refs) if (found := said_of(referred, *ref)) is not None]
    if said:
        yield ["refers", *said]


def is_same_change(one: Change, other: Change) -> bool:
    """Whether two changes do the same to the same object, whatever it refers to has been created since."""
    rows = [_without_ids(list(_rows([change]))) for change in (one, other)]
    return bool(rows[0] == rows[1])


def _without_ids(value: Any) -> Any:
    """Return a value in which references that have an address have no id."""
    if isinstance(value, dict):
        known = "kind" in value and "address" in value
        return {name: _without_ids(item) for name, item in value.items() if not (known and name == "id")}
    return [_without_ids(item) for item in value] if isinstance(value, list | tuple) else value


def _rows(changes: Iterable[Change]) -> Iterator[list[Any]]:
    for change in changes:
        fields = [[item.field, item.before, item.after] for item in change.fields]
        yield [change.address, change.action.value, change.target_id, fields, *_more(change)]


def _more(change: Change) -> Iterator[list[Any]]:
    """Yield the key, where the address does not say it, and what goes along with a delete."""
    if change.key is not None and change.key != change.address.key:
        yield ["key", change.key]
    if isinstance(change, Delete) and change.along:
        items = (
            [item.model, item.id, item.effect.value, item.field, item.annotated, item.key] for item in change.along
        )
        yield ["along", *sorted(items, key=str)]
