"""Guests: what the rules of `review` are told of the guests whose changes are planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Change, Delete, GuestLabels
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judge import Guests, asks_for_guests, keys_of

_MANAGED: Final = "proxbox"


def guests_asked_for(estate: Estate, changes: Iterable[Change]) -> Guests:
    """Return name and tags of each guest, in Proxmox and in NetBox; nothing if no rule asks.

    Both count: whoever may rename a guest in Proxmox, or tag it, does not decide by that how it is reviewed.
    """
    policy = estate.policy
    if not asks_for_guests(policy):  # looking through the guests costs more than the rules
        return {}
    guests = {view.key_of(guest): guest for view in estate.clusters for guest in view.cluster.guests}
    rows = _in_netbox(estate.inventory)
    found: dict[Key, tuple[GuestLabels, ...]] = {}
    for key in _owners(changes):
        guest, row = guests.get(key), rows.get(key)
        labels = []
        if guest is not None:
            labels.append(GuestLabels(name=guest.name or "", tags=guest.tags, complete=guest.coverage.row.complete))
        if row is not None:  # tags that are not put on machines are known of one side only
            labels.append(row if guest is None or policy.guest_tags else row.replace(tags=guest.tags))
        if labels:
            found[key] = tuple(dict.fromkeys(labels))
    return found


def guests_undone(inventory: Inventory, policy: Policy, changes: Sequence[Change]) -> Guests:
    """Return the same for an undo, which knows NetBox only: as it is, and as it will be."""
    if not asks_for_guests(policy):
        return {}
    rows = _in_netbox(inventory)
    back = {change.key: change for change in changes if change.kind == GUEST.name and change.key is not None}
    found: dict[Key, tuple[GuestLabels, ...]] = {}
    for key in _owners(changes):
        row = rows.get(key)
        labels = [row] if row is not None else []
        if key in back:
            labels.append(_after(back[key], row or GuestLabels()))
        if labels:
            found[key] = tuple(dict.fromkeys(labels))
    return found


def _owners(changes: Iterable[Change]) -> list[Key]:
    """Return the guests that the objects of changes belong to."""
    return sorted({key.owner for change in changes for key in keys_of(change) if key.sort in GUEST_TYPES})


def _in_netbox(inventory: Inventory) -> dict[Key, GuestLabels]:
    """Return what NetBox says of our machines; it knows tags by their slugs."""
    rows = inventory.kinds.get(GUEST.name, ())
    return {row.key: GuestLabels(name=row.name, tags=_of_guest(row.tags)) for row in rows if row.key}


def _of_guest(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags without the one that says that a machine is managed: no guest has that in Proxmox."""
    return tuple(tag for tag in tags if tag != _MANAGED)


def _after(change: Change, row: GuestLabels) -> GuestLabels:
    """Return the name and tags of a machine after a change."""
    after = {item.field: item.after for item in change.fields if not isinstance(change, Delete)}
    return GuestLabels(name=str(after.get("name", row.name)), tags=_of_guest(after.get("tags", row.tags)))
