"""Primaries: a guest that is gone gives up its primary address before another guest takes that address over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from proxbox_plan.mapping import ADDRESS, GUEST
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Change, FieldChange, Reason, Update
from proxbox_plan.plan.match.match import Matched
from proxbox_plan.plan.relations.references import ref_id

_NAMES = ("primary_ip4", "primary_ip6")


def with_released_primaries(matched: Matched, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes, with one more field or one more change for each address that NetBox would not move."""
    found = list(changes)
    places = {(change.kind, change.target_id): place for place, change in enumerate(found)}
    for guest, item in _held(matched):
        place = places.setdefault((GUEST.name, guest.id), len(found))
        if place == len(found):
            found.append(_update(guest))
        found[place] = _with(found[place], item)
    return tuple(found)


def _held(matched: Matched) -> Iterator[tuple[Row, FieldChange]]:
    """Yield the guests that nothing desires, with the field by which each holds an address that is another's now."""
    used = {row.id for address, row in matched.rows.items() if address.kind == GUEST.name}
    for address, row in matched.rows.items():
        if address.kind != ADDRESS.name or address in matched.blocked:
            continue
        if row.key is None or row.key.owner == address.key.owner:
            continue
        guest = matched.estate.row(GUEST.name, row.key.owner)
        if guest is None or guest.id in used:  # it is there still, perhaps in another cluster
            continue
        for name in _NAMES:
            value = guest.fields.get(name)
            if ref_id(value) == row.id:
                yield guest, FieldChange(field=name, before=value, after=None, cause=Cause.PROXMOX)


def _with(change: Any, item: FieldChange) -> Change:
    """Return the update of a machine that is decommissioned, with one more field."""
    changed: Change = change.replace(
        fields=(*change.fields, item), last_applied=change.last_applied.with_fields({item.field: None})
    )
    return changed


def _update(guest: Row) -> Update:
    key = guest.key
    return Update(
        address=GUEST.address(key or ""),
        kind=GUEST.name,
        reason=Reason.PRIMARY,
        name=guest.name,
        cluster=key.cluster if key is not None else None,
        netbox_id=guest.id,
        last_updated=guest.last_updated,
        ownership_before=guest.ownership,
        key=key,
        last_applied=guest.last_applied or LastApplied(),
    )
