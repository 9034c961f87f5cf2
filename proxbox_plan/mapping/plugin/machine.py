"""The virtual machine a record refers to: desired now, or already in NetBox."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GuestType


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine, and the type of the guest it is or was."""

    ref: Ref
    type: str


def machine_of(
    context: MappingContext, view: ClusterView, vmid: int | None, of: GuestType | None = None
) -> Machine | None:
    """Return the virtual machine of a vmid; null when NetBox has none and none is desired.

    A guest that no longer exists in Proxmox may have backups and tasks: they stay with its decommissioned machine. A
    guest that cannot be read is not created, and neither are its backups and tasks. A guest that is known not to be of
    this type is another one, whatever its vmid.
    """
    guest = view.by_vmid.get(vmid or 0)
    if guest is not None and of in (None, guest.guest.type):
        there = guest.unknown is None or context.row(virtual_machine.KIND.name, guest.key) is not None
        return Machine(virtual_machine.ref(guest), guest.guest.type) if there else None
    for sort in ("qemu", "lxc") if of is None else (of,):
        row = context.row(virtual_machine.KIND.name, Key.of(view.name, sort, vmid))
        if row is not None:
            return Machine(Ref(virtual_machine.KIND.name, row.id, row.name), sort)
    return None
