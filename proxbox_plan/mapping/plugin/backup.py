"""Backup: every backup on a storage, of a guest that NetBox has."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import utc
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.plugin import plugin_kind, storage
from proxbox_plan.mapping.plugin.backed_up import BackedUp, in_doubt
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing
from proxbox_plan.model.state.datacenter import Backup

KIND = plugin_kind(
    "backup",
    "backups",
    "vmbackup",
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="vmid"),
    Field("storage", source="the volume's storage"),
    Field("proxmox_storage", FieldType.REF, to=("proxbox-storage",), filter="name", source="the volume's storage"),
    Field("volume_id", source="volid"),
    Field("vmid", FieldType.INTEGER, source="vmid"),
    Field("subtype", FieldType.CHOICE, source="subtype, else the volume's name: `qemu` or `lxc`"),
    Field("format", FieldType.CHOICE, source="format: vma.zst -> zst, tar.zst -> tzst, pbs-vm, pbs-ct, ..."),
    Field("creation_time", FieldType.TIME, source="ctime, UTC"),
    Field("size", FieldType.INTEGER, unit="B", source="size, bytes"),
    Field("encrypted", source="encrypted"),
    Field("verification_state", source="verification.state"),
    Field("verification_upid", source="verification.upid"),
    Field("notes", source="notes; `(protected)` is prepended for protected backups"),
    label="volume_id",
    natural=(Natural(("virtual_machine", "volume_id"), "virtual_machine", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    areas=("backups",),
    parent="virtual_machine",
    record=True,
    doc="A backup of a guest that NetBox does not have is not planned, and neither is one that was made before the "
    "guest which has the vmid now, or of the other type: a VM's configuration says when it was created, a container's "
    "does not. A new backup waits while that, or the list of guests, was not read. A backup that NetBox has stays with "
    "its virtual machine, whoever gets the vmid. Proxmox does not report `used`.",
)

# Suffix of Proxmox's format -> the plugin's choice.
_FORMATS = {
    "pbs-vm": "pbs-vm",
    "pbs-ct": "pbs-ct",
    "vma.zst": "zst",
    "tar.zst": "tzst",
    "tar.gz": "tgz",
    "tgz": "tgz",
    "tar": "tar",
    "tar.bz2": "tbz",
    "iso": "iso",
    "qcow2": "qcow2",
    "raw": "raw",
}


def desired(context: MappingContext) -> None:
    """Desire the backups of all storages; one that several nodes list is one object."""
    backed_up = BackedUp(context)
    for view in context.clusters:
        for place in view.cluster.storages:
            for backup in place.backups:
                key = Key.of(view.name, "backup", backup.volume)
                row = context.row(KIND.name, key)
                machine = backed_up.machine(view, place, backup, row)
                if machine is not None:
                    fields = {
                        "virtual_machine": machine,
                        "storage": clean(place.name, 255),
                        "proxmox_storage": storage.ref(view, context, place.name),
                        **_fields(backup),
                    }
                    unknown = in_doubt(view, backup) if row is None else None
                    context.add(
                        DesiredObject(KIND.name, key, backup.volume, fields, cluster=view.name, unknown=unknown)
                    )


def _fields(backup: Backup) -> dict[str, object]:
    text = note(backup.notes)
    marks = f"(protected) {text}".rstrip() if backup.protected else text
    return {
        "volume_id": clean(backup.volume, 255),
        "vmid": backup.vmid,
        "subtype": backup.type or "undefined",
        "format": _FORMATS.get(backup.format or "", "undefined"),
        "creation_time": utc(backup.created) if backup.created is not None else None,
        "size": backup.size_bytes,
        "encrypted": clean(backup.encrypted or "", 255),
        "verification_state": clean(backup.verification or "", 255),
        "verification_upid": clean(backup.verification_upid or "", 255),
        "notes": marks,
    }
