"""Guests: what the rules of `review` are told of the guests whose changes are planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import MANAGED_TAG
from proxbox_plan.model.plan import Adopt, Change, Delete, GuestLabels
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judge import Guests, asks_for_guests
from proxbox_plan.policy.review.parts import keys_touched


def guests_asked_for(estate: Estate, changes: Sequence[Change]) -> Guests:
    """Return name and tags of each guest, in Proxmox and in NetBox; nothing if no rule asks.

    Both count: whoever may rename a guest in Proxmox, or tag it, does not decide by that how it is reviewed.
    """
    policy = estate.policy
    if not asks_for_guests(policy):  # looking through the guests costs more than the rules
        return {}
    guests = {view.key_of(guest): guest for view in estate.clusters for guest in view.cluster.guests}
    rows = _in_netbox(estate.inventory) | _adopted(estate.inventory, changes)
    found: dict[Key, list[GuestLabels]] = {}
    for key in _owners(changes):
        guest, row, labels = guests.get(key), rows.get(key), found.setdefault(key, [])
        if guest is not None:
            labels.append(GuestLabels(name=guest.name or "", tags=guest.tags, complete=guest.coverage.row.complete))
        if row is not None:  # tags that are not put on machines are known of one side only
            labels.append(row if guest is None or policy.guest_tags else row.replace(tags=guest.tags))
    return _known(found)


def guests_undone(inventory: Inventory, policy: Policy, changes: Sequence[Change]) -> Guests:
    """Return the same for an undo, which knows NetBox only: as it is, and as it will be."""
    if not asks_for_guests(policy):
        return {}
    rows = _in_netbox(inventory)
    back = {change.key: change for change in changes if change.kind == GUEST.name and change.key is not None}
    after = {key: _after(change, rows.get(key, GuestLabels())) for key, change in back.items()}
    return _known({key: [side[key] for side in (rows, after) if key in side] for key in _owners(changes)})


def _known(found: Mapping[Key, Sequence[GuestLabels]]) -> Guests:
    """Return what is known of guests, without those of whom nothing is: whatever they may be decides about them."""
    return {key: tuple(dict.fromkeys(labels)) for key, labels in found.items() if labels}


def _owners(changes: Iterable[Change]) -> list[Key]:
    """Return the guests that the objects of changes belong to."""
    return sorted({key.machine for change in changes for key in keys_touched(change) if key.sort in GUEST_TYPES})


def _in_netbox(inventory: Inventory) -> dict[Key, GuestLabels]:
    """Return what NetBox says of our machines; it knows tags by their slugs."""
    rows = inventory.kinds.get(GUEST.name, ())
    return {row.key: _labels(row) for row in rows if row.key}


def _adopted(inventory: Inventory, changes: Iterable[Change]) -> dict[Key, GuestLabels]:
    """Return what NetBox says of the machines that become ours: they have no key yet, and people's names and tags."""
    adopted = (change for change in changes if isinstance(change, Adopt) and change.kind == GUEST.name)
    keys = {change.netbox_id: change.address.key for change in adopted}
    return {keys[row.id]: _labels(row) for row in inventory.kinds.get(GUEST.name, ()) if row.id in keys}


def _labels(row: Row) -> GuestLabels:
    return GuestLabels(name=row.name, tags=_of_guest(row.tags))


def _of_guest(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags without the one that says that a machine is managed: no guest has that in Proxmox."""
    return tuple(tag for tag in tags if tag != MANAGED_TAG)


def _after(change: Change, row: GuestLabels) -> GuestLabels:
    """Return the name and tags of a machine after a change."""
    after = {item.field: item.after for item in change.fields if not isinstance(change, Delete)}
    return GuestLabels(name=str(after.get("name", row.name)), tags=_of_guest(after.get("tags", row.tags)))
