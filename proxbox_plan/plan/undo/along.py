"""Along: the MAC address that NetBox deleted with its interface, where it is an object (before NetBox 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import MAC_ADDRESS, primary_mac
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Reason


def made_along(done: Iterable[tuple[Change, int]]) -> Iterator[tuple[Create, int]]:
    """Yield what makes each of ours again, with the id that it had: no change of the plan said that it goes."""
    for change, number in done:
        owned = change.ownership_before if isinstance(change, Delete) else None
        if not isinstance(change, Delete) or owned is None or owned.last_applied is None:
            continue
        ours = owned.last_applied.fields.get(primary_mac.PRIMARY)
        for item in change.along:
            if (item.model, item.on) == (MAC_ADDRESS.object_type, number) and item.id is not None and item.id == ours:
                yield _made(change, primary_mac.key(owned.key), item.name), item.id


def _made(change: Delete, key: str, mac: str) -> Create:
    address = Address.of(MAC_ADDRESS.name, key)
    on = {"kind": change.kind, "name": change.name, "address": str(change.address)}
    values = {"mac_address": mac.upper(), "assigned_object": on}
    return Create(
        address=address.replaced if change.address.is_replaced else address,
        kind=MAC_ADDRESS.name,
        reason=Reason.UNDO,
        name=mac,
        cluster=change.cluster,
        key=address.key,
        fields=tuple(FieldChange(field=name, after=value) for name, value in values.items()),
        last_applied=LastApplied(values),
    )
