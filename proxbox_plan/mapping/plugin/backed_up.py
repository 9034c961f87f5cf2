"""Backed up: which virtual machine a backup is of; its vmid may have been another guest's when it was made."""

from __future__ import annotations

from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin.machine import machine_of
from proxbox_plan.model.fingerprint import fingerprint_of, is_of_another
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Guest, Storage
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.datacenter import Backup

_FIELD: Final = "virtual_machine"
_CLOCKS: Final = 3600  # seconds that the clocks of two nodes may differ
# An archive is named in the local time of its node, and its name is read in that of the node that lists it.
_ZONES: Final = 26 * 3600


class BackedUp:
    """Finds the virtual machine of each backup."""

    def __init__(self, context: MappingContext) -> None:
        """Index the virtual machines of NetBox, whoever manages them."""
        self._context = context
        self._machines = {row.id: row for row in context.inventory.kinds.get(virtual_machine.KIND.name, ())}

    def machine(self, view: ClusterView, storage: Storage, backup: Backup, row: Row | None) -> Ref | None:
        """Return the machine that NetBox got it with, else that of its guest; null for one of an earlier guest.

        By id, as the machine may be set apart, and another one be made for the guest that has its vmid now.
        """
        given = self.given(row)
        if given is not None:
            return given
        guest = _guest(view, backup)
        machine = None
        if guest is None or not (_is_before(storage, backup, guest) or self._is_anothers(view, guest)):
            machine = machine_of(self._context, view, backup.vmid, backup.type)
        return machine.ref if machine is not None else self._ref(_present(row))

    def given(self, row: Row | None) -> Ref | None:
        """Return the machine that an object was last applied with, if NetBox has it."""
        return self._ref(_given(row))

    def _is_anothers(self, view: ClusterView, guest: Guest) -> bool:
        """Whether a guest is out of scope, and NetBox has the machine of another one under its vmid."""
        row = self._context.row(virtual_machine.KIND.name, Key.of(view.name, guest.type, guest.vmid))
        if row is None or guest.vmid in view.by_vmid:
            return False
        return is_of_another(fingerprint_of(guest.uuid, guest.vmgenid), row.fingerprint)

    def _ref(self, number: int | None) -> Ref | None:
        row = self._machines.get(number or 0)
        return Ref(virtual_machine.KIND.name, row.id, row.name) if row is not None else None


def in_doubt(view: ClusterView, backup: Backup) -> Unknown | None:
    """Return why it is not known which guest has the vmid, or when it was created; null when Proxmox has said so."""
    guest = _guest(view, backup)
    if guest is None:
        coverage = view.cluster.coverage.guests
    elif guest.type == "lxc" or guest.created is not None:
        return None
    else:
        coverage = first_incomplete(guest.coverage.row, guest.coverage.config)
    return None if coverage.complete else Unknown.because(coverage)


def _guest(view: ClusterView, backup: Backup) -> Guest | None:
    """Return the guest that has the vmid of a backup now, in scope or not, if it is of its type."""
    types = (backup.type,) if backup.type is not None else ("qemu", "lxc")
    return next((found for kind in types if (found := view.known.get((kind, str(backup.vmid))))), None)


def _given(row: Row | None) -> int | None:
    """Return the id of the machine a backup was last applied with, whatever people made of it in NetBox."""
    last = row.last_applied.fields.get(_FIELD) if row is not None and row.last_applied is not None else None
    return last if isinstance(last, int) else None


def _present(row: Row | None) -> int | None:
    """Return the id of the machine that a backup is with in NetBox."""
    value = row.fields.get(_FIELD) if row is not None else None
    return value.get("id") if isinstance(value, dict) else None


def _is_before(storage: Storage, backup: Backup, guest: Guest) -> bool:
    """Whether a backup is proven to be older than the guest that has its vmid now.

    A guest is never older than its `meta` says: a clone and a restored VM keep that of their origin.
    """
    if backup.created is None or guest.created is None:
        return False
    return backup.created + _CLOCKS + (0 if storage.type == "pbs" else _ZONES) < guest.created
