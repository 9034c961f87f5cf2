"""Sidecar: the row in which netbox-proxbox remembers which guest a virtual machine is; read to adopt it."""

from __future__ import annotations

from proxbox_plan.model.kind import Field, FieldType, Kind

KIND = Kind(
    "proxbox-vm-state",
    "/api/plugins/proxbox/sync-state/virtual-machines/",
    "netbox_proxbox.proxboxvirtualmachinesyncstate",
    (
        Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="read only"),
        Field("proxmox_vm_id", FieldType.INTEGER, source="read only"),
        Field("proxmox_vm_type", source="read only"),
    ),
    label="proxmox_vm_id",
    natural=(),
    marked=False,
    support=True,
    creatable=False,
    plugin="netbox_proxbox",
    doc="Only where the plugin runs. A virtual machine that proxbox-api made is recognised by it.",
)
