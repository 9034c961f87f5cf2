"""Guests: what the rules of `review` are told of the guests whose changes are planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Change, GuestLabels, Reason
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judge import Guests, asks_for_guests, keys_of


def guests_asked_for(estate: Estate, changes: Iterable[Change]) -> Guests:
    """Return name and tags of each guest, in Proxmox, or in NetBox where it is gone; nothing if no rule asks."""
    if not asks_for_guests(estate.policy):  # looking through the guests costs more than the rules
        return {}
    guests = {
        view.key_of(guest): GuestLabels(name=guest.name or "", tags=guest.tags, complete=guest.coverage.row.complete)
        for view in estate.clusters
        for guest in view.cluster.guests
    }
    machines = estate.rows_by_key.get(GUEST.name, {})
    rows = {key: GuestLabels(name=row.name, tags=row.tags) for key, row in machines.items()}
    return _Labels(guests, rows).of(changes)


def guests_undone(inventory: Inventory, policy: Policy, changes: Iterable[Change]) -> Guests:
    """Return the same for an undo, which knows NetBox only."""
    if not asks_for_guests(policy):
        return {}
    rows = {
        row.key: GuestLabels(name=row.name, tags=row.tags) for row in inventory.kinds.get(GUEST.name, ()) if row.key
    }
    return _Labels({}, rows).of(changes)


@dataclass(frozen=True, slots=True)
class _Labels:
    """What both sides say of guests."""

    in_proxmox: dict[Key, GuestLabels]
    in_netbox: dict[Key, GuestLabels]

    def of(self, changes: Iterable[Change]) -> Guests:
        """Return what is known of the guests that the objects of changes belong to.

        Of a vmid that another guest has now NetBox knows the former one, whose objects are retired.
        """
        replaced: dict[Key, bool] = {}
        for change in changes:
            for key in keys_of(change):
                if key.sort in GUEST_TYPES:
                    replaced[key.owner] = replaced.get(key.owner, False) or change.reason is Reason.REPLACED
        found = {key: self._of_guest(key, replaced=also) for key, also in sorted(replaced.items())}
        return {key: labels for key, labels in found.items() if labels}

    def _of_guest(self, key: Key, *, replaced: bool) -> tuple[GuestLabels, ...]:
        guest, row = self.in_proxmox.get(key), self.in_netbox.get(key)
        shown = (guest, row) if replaced or guest is None else (guest,)
        return tuple(labels for labels in shown if labels is not None)
