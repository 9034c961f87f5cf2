"""Virtual disk: every volume of a guest that holds data and whose size is known."""

from __future__ import annotations

from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.state import GuestDisk

KIND = Kind(
    "virtual-disk",
    "/api/virtualization/virtual-disks/",
    "virtualization.virtualdisk",
    (
        Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
        Field("name", source="scsi0, rootfs, mp0, ..."),
        Field("size", FieldType.INTEGER, source="size in MiB, rounded up; K, M, G, T and bare bytes exact"),
        Field("description", owner=Owner.NETBOX, source="storage, format, flags"),
    ),
    natural=(Natural(("virtual_machine", "name"), "virtual_machine_id", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    parent="virtual_machine",
    by_parent=(("virtual-machine", "virtual_machine_id"),),
    areas=("disks",),
    # the size of a machine is the sum of these; NetBox refuses any other
    disturbs=(Disturbs("virtual-machine"),),
)

_MIB = 1024 * 1024
_LARGEST = 2**31 - 1  # NetBox stores the size in a 32-bit integer


def desired(context: MappingContext) -> None:
    """Desire the disks of every guest whose configuration was read."""
    for view in context.clusters:
        for guest in view.guests:
            for disk in guest.guest.disks if guest.unknown is None else ():
                if disk.size_bytes is not None:
                    fields = {
                        "virtual_machine": virtual_machine.ref(guest),
                        "name": clean(disk.slot, 64),
                        "size": min(-(-disk.size_bytes // _MIB), _LARGEST),
                        "description": _describe(disk),
                    }
                    name = f"{guest.guest.name or guest.key} {disk.slot}"
                    context.add(
                        DesiredObject(KIND.name, guest.key.child("disk", disk.slot), name, fields, cluster=view.name)
                    )


def _describe(disk: GuestDisk) -> str:
    parts = [f"Storage: {disk.storage}" if disk.storage else "Passed through"]
    if disk.format:
        parts.append(f"Format: {disk.format}")
    parts.extend(disk.options)
    return clean(", ".join(parts), 200)
