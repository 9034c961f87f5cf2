"""Reuse: whether another guest has the vmid now: by its fingerprint, or by its name and all of its MAC addresses."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.mapping import GUEST, MAC_ADDRESS, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate import Estate
from proxbox_plan.model.fingerprint import common_parts, is_of_another
from proxbox_plan.model.inventory import Row

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
