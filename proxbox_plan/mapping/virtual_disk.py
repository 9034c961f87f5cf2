"""Virtual disk: every volume of a guest that holds data."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import units, virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.state import GuestDisk

KIND = Kind(
    "virtual-disk",
    "/api/virtualization/virtual-disks/",
    "virtualization.virtualdisk",
    (
        Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
        Field("name", source="scsi0, rootfs, mp0, ..."),
        Field(
            "size",
            FieldType.INTEGER,
            required=True,
            unit="size",
            source="size in MiB (`mapping.units`), rounded up; K, M, G, T and bare bytes exact",
        ),
        Field("description", owner=Owner.NETBOX, source="storage, format, flags"),
    ),
    natural=(Natural(("virtual_machine", "name"), "virtual_machine_id", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    parent="virtual_machine",
    areas=("disks",),
    # the size of a machine is the sum of these; NetBox refuses any other
    disturbs=(Disturbs("virtual-machine"),),
)

_LARGEST = 2**31 - 1  # NetBox stores the size in a 32-bit integer


def desired(context: MappingContext) -> None:
    """Desire the disks of every guest whose configuration was read."""
    for view in context.clusters:
        for guest in view.guests:
            for disk in guest.guest.disks if guest.unknown is None else ():
                if _is_documented(context, guest, disk):
                    context.add(_disk(context, guest, disk))


def _is_documented(context: MappingContext, view: GuestView, disk: GuestDisk) -> bool:
    """Whether a disk has a size, or one that is unknown; a device without one is omitted until NetBox has it."""
    if disk.size_bytes is not None:
        return True
    has_one = not view.guest.coverage.of(size_of(disk)).complete
    return has_one and (disk.storage is not None or context.row(KIND.name, key(view, disk)) is not None)


def _disk(context: MappingContext, view: GuestView, disk: GuestDisk) -> DesiredObject:
    unit = units.bytes_of(context.policy)
    size = None if disk.size_bytes is None else min(-(-disk.size_bytes // unit), _LARGEST)
    fields = {
        "virtual_machine": virtual_machine.ref(view),
        "name": clean(disk.slot, 64),
        "size": known(size, view.guest.coverage.of(size_of(disk))),
        "description": _describe(disk),
    }
    name = f"{view.guest.name or view.key} {disk.slot}"
    return DesiredObject(KIND.name, key(view, disk), name, fields, cluster=view.cluster.name)


def key(view: GuestView, disk: GuestDisk) -> Key:
    """Key of a disk."""
    return view.key.child("disk", disk.slot)


def size_of(disk: GuestDisk) -> str:
    """Path of a disk's size, whose coverage is its own."""
    return f"disks.{disk.slot}.size_bytes"


def _describe(disk: GuestDisk) -> str:
    parts = [f"Storage: {disk.storage}" if disk.storage else "Passed through"]
    if disk.format:
        parts.append(f"Format: {disk.format}")
    parts.extend(disk.options)
    return clean(", ".join(parts), 200)
