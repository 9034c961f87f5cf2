"""Guests: what the rules of `review` are told of the guests whose changes are planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import Change, GuestLabels
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judge import asks_for_guests, keys_of


def guests_asked_for(estate: Estate, changes: Iterable[Change]) -> Mapping[Key, GuestLabels]:
    """Return name and tags of each guest, in Proxmox, or in NetBox where it is gone; nothing if no rule asks."""
    if not asks_for_guests(estate.policy):  # looking through the guests costs more than the rules
        return {}
    guests = {view.key_of(guest): guest for view in estate.clusters for guest in view.cluster.guests}

    def labels(key: Key) -> GuestLabels | None:
        guest = guests.get(key)
        if guest is None:
            return _in_netbox(estate.row(GUEST.name, key))
        return GuestLabels(name=guest.name or "", tags=guest.tags, complete=guest.coverage.row.complete)

    return _labels_of(changes, labels)


def guests_undone(inventory: Inventory, policy: Policy, changes: Iterable[Change]) -> Mapping[Key, GuestLabels]:
    """Return the same for an undo, which knows NetBox only."""
    if not asks_for_guests(policy):
        return {}
    rows = {row.key: row for row in inventory.kinds.get(GUEST.name, ())}
    return _labels_of(changes, lambda key: _in_netbox(rows.get(key)))


def _labels_of(changes: Iterable[Change], labels: Callable[[Key], GuestLabels | None]) -> Mapping[Key, GuestLabels]:
    owners = {key.owner for change in changes for key in keys_of(change) if key.sort in GUEST_TYPES}
    return {key: found for key in sorted(owners) if (found := labels(key)) is not None}


def _in_netbox(row: Row | None) -> GuestLabels | None:
    return GuestLabels(name=row.name, tags=row.tags) if row is not None else None
