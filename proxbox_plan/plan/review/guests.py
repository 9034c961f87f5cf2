"""Guests: what the rules of `review` are told of the guests whose changes are planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import MANAGED_TAG
from proxbox_plan.model.plan import Adopt, Change, Delete, GuestLabels
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judge import Guests, asks_for_guests
from proxbox_plan.policy.review.parts import keys_touched

_MACHINE: Final = "virtual_machine"


def guests_asked_for(estate: Estate, changes: Sequence[Change]) -> Guests:
    """Return name and tags of each guest, in Proxmox and in NetBox; nothing if no rule asks.

    Both count: whoever may rename a guest in Proxmox, or tag it, does not decide by that how it is reviewed.
    """
    policy = estate.policy
    if not asks_for_guests(policy):  # looking through the guests costs more than the rules
        return {}
    guests = {view.key_of(guest): guest for view in estate.clusters for guest in view.cluster.guests}
    rows = _in_netbox(estate.inventory, policy) | _adopted(estate.inventory, policy, changes)

    def labels_of(key: Key) -> Iterator[GuestLabels]:
        guest, row = guests.get(key), rows.get(key)
        if guest is not None:
            whole = guest.coverage.row.complete
            yield GuestLabels(name=guest.name or "", tags=guest.tags, unknown=() if whole else ("guest", "tag"))
        if row is not None:
            yield row if guest is None or policy.guest_tags else row.replace(tags=guest.tags, unknown=())

    return _known(labels_of, estate.inventory, changes)


def guests_undone(inventory: Inventory, policy: Policy, changes: Sequence[Change]) -> Guests:
    """Return the same for an undo, which knows NetBox only: as it is, and as it will be."""
    if not asks_for_guests(policy):
        return {}
    rows = _in_netbox(inventory, policy)
    back = {change.key: change for change in changes if change.kind == GUEST.name and change.key is not None}
    gone = GuestLabels(unknown=_unknown(policy))
    after = {key: _after(change, rows.get(key, gone)) for key, change in back.items()}
    return _known(lambda key: (side[key] for side in (rows, after) if key in side), inventory, changes)


def _known(
    labels_of: Callable[[Key], Iterable[GuestLabels]], inventory: Inventory, changes: Sequence[Change]
) -> Guests:
    """Return what is known of guests, without those of whom nothing is: whatever they may be decides about them."""
    owners = {key: (key,) for key in _owners(changes)} | _attached(inventory, changes)
    found = {key: [labels for owner in guests for labels in labels_of(owner)] for key, guests in owners.items()}
    return {key: tuple(dict.fromkeys(labels)) for key, labels in found.items() if labels}


def _owners(changes: Iterable[Change]) -> list[Key]:
    """Return the guests that the objects of changes belong to."""
    return sorted({key.machine for change in changes for key in keys_touched(change) if key.sort in GUEST_TYPES})


def _attached(inventory: Inventory, changes: Iterable[Change]) -> dict[Key, tuple[Key, ...]]:
    """Return the guests of what has a key of its own, as a backup or a replication job."""
    machines = {row.id: row.key for row in inventory.kinds.get(GUEST.name, ()) if row.key}
    found: dict[Key, tuple[Key, ...]] = {}
    for change in changes:
        if change.key is None or change.key.is_of_machine:
            continue
        owned = getattr(change, "ownership_before", None)
        before = owned.last_applied if owned is not None else None
        sides = (side for item in change.fields if item.field == _MACHINE for side in (item.before, item.after))
        refs = [ref.key or machines.get(ref.id or 0) for side in sides for ref in refs_of(side)]
        known = (*refs, machines.get(before.fields.get(_MACHINE)) if before is not None else None)
        described = change.key.described
        found[change.key] = tuple(dict.fromkeys(key for key in (*known, described) if key is not None))
    return found


def _in_netbox(inventory: Inventory, policy: Policy) -> dict[Key, GuestLabels]:
    """Return what NetBox says of our machines; it knows tags by their slugs."""
    rows = inventory.kinds.get(GUEST.name, ())
    return {row.key: _labels(row, policy) for row in rows if row.key}


def _adopted(inventory: Inventory, policy: Policy, changes: Iterable[Change]) -> dict[Key, GuestLabels]:
    """Return what NetBox says of the machines that become ours: they have no key yet, and people's names and tags."""
    adopted = (change for change in changes if isinstance(change, Adopt) and change.kind == GUEST.name)
    keys = {change.netbox_id: change.address.key for change in adopted}
    return {keys[row.id]: _labels(row, policy) for row in inventory.kinds.get(GUEST.name, ()) if row.id in keys}


def _labels(row: Row, policy: Policy) -> GuestLabels:
    return GuestLabels(name=row.name, tags=_of_guest(row.tags), unknown=_unknown(policy))


def _unknown(policy: Policy) -> tuple[Literal["tag"], ...]:
    """Return what a machine does not say of its guest: tags are on it only where they are put there."""
    return () if policy.guest_tags else ("tag",)


def _of_guest(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags without the one that says that a machine is managed: no guest has that in Proxmox."""
    return tuple(tag for tag in tags if tag != MANAGED_TAG)


def _after(change: Change, row: GuestLabels) -> GuestLabels:
    """Return the name and tags of a machine after a change."""
    after = {item.field: item.after for item in change.fields if not isinstance(change, Delete)}
    return row.replace(name=str(after.get("name", row.name)), tags=_of_guest(after.get("tags", row.tags)))
