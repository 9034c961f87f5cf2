"""Reuse: whether another guest has the vmid now: by its fingerprint, or by its name and all of its MAC addresses."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, MAC_ADDRESS, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.fingerprint import common_parts, fingerprint_of, is_of_another
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.state import GUEST_TYPES, Guest

_SLOTS = 32  # NICs of one guest


def is_another(estate: Estate, wanted: DesiredObject, row: Row) -> bool:
    """Whether an object is of a guest that had the vmid before: everything that both sides know differs.

    Containers, and virtual machines without smbios1, have no fingerprint. A container that is renamed keeps its MAC
    addresses, and one that gets other NICs keeps its name.
    """
    if common_parts(wanted.fingerprint, row.fingerprint):
        return is_of_another(wanted.fingerprint, row.fingerprint)
    if wanted.kind != GUEST.name or wanted.unknown is not None or wanted.fingerprint or row.fingerprint:
        return False
    name = row.last_applied.fields.get("name") if row.last_applied is not None else None
    if name is None or name == wanted.fields.get("name", name):
        return False
    shown, had = _shown(estate, wanted), set(_had(estate, wanted))
    return bool(shown and had) and not shown & had


def is_replaced(estate: Estate, key: Key, row: Row) -> bool:
    """Whether the vmid of a machine is another guest's now, be that in scope or not: Proxmox has each vmid once."""
    view = estate.by_name.get(key.cluster)
    guest = guest_at(view, key) if view is not None else None
    if view is None or guest is None or estate.is_newer(key, row):
        return False
    if guest.type != key.sort:
        return True
    known = guest.coverage.row.complete and guest.coverage.config.complete and view.scope.includes(guest) is not None
    return known and is_of_another(fingerprint_of(guest.uuid, guest.vmgenid), row.fingerprint)


def guest_at(view: ClusterView, key: Key) -> Guest | None:
    """Return the guest that has the vmid of a machine, whatever its type is; null for that of one set apart."""
    return next((found for sort in sorted(GUEST_TYPES) if (found := view.known.get((sort, key.last)))), None)


def _shown(estate: Estate, wanted: DesiredObject) -> set[str]:
    guest = estate.by_name[wanted.key.cluster].known.get((wanted.key.sort, wanted.key.last))
    complete = guest is not None and guest.coverage.config.complete
    return {nic.mac for nic in guest.nics if nic.mac} if guest is not None and complete else set()


def _had(estate: Estate, wanted: DesiredObject) -> Iterator[str]:
    """Yield the MAC addresses of the guest's interfaces in NetBox."""
    for slot in (wanted.key.child(f"net{number}") for number in range(_SLOTS)):
        for row in (estate.row(VM_INTERFACE.name, slot), estate.row(MAC_ADDRESS.name, slot.child("mac"))):
            if row is not None and row.fields.get("mac_address"):
                yield str(row.fields["mac_address"])
