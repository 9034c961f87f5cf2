"""The plugin's sidecars: one row for each NetBox object, with its counterpart in Proxmox."""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.fields import Unique
from proxbox_plan.demo.netbox.schema.plugin_fields import (
    OF_NODE,
    OF_STORAGE,
    PLUGIN,
    link,
    model,
    number,
    perhaps,
    to,
    words,
)


def _one(parent: str) -> tuple[Unique, ...]:
    """Describe that an object has one sidecar."""
    return (Unique((parent,), "This object already has a Proxbox sync-state row.", field=parent, status=409),)


VIRTUAL_MACHINE_SYNC_STATE = model(
    "sync-state/virtual-machines",
    "ProxboxVirtualMachineSyncState",
    "Proxbox virtual machine sync state",
    to("virtual_machine", "virtualization.virtualmachine", required=True, id_filter="number"),
    to("endpoint", f"{PLUGIN}.proxmoxendpoint", id_filter="number", on_delete="set_null"),
    to("proxmox_node", f"{PLUGIN}.proxmoxnode", nested=OF_NODE, id_filter="number", on_delete="set_null"),
    words("proxmox_node_name"),
    to("proxmox_cluster", f"{PLUGIN}.proxmoxcluster", id_filter="number", on_delete="set_null"),
    words("proxmox_cluster_name"),
    number("proxmox_vm_id", filterable=True),
    words("proxmox_vm_type", 64, filterable=True),
    words("proxmox_vm_name"),
    perhaps("proxmox_start_at_boot"),
    perhaps("proxmox_unprivileged_container"),
    perhaps("proxmox_qemu_agent"),
    words("proxmox_search_domain"),
    link("proxmox_link"),
    words("proxmox_status", 64, filterable=True),
    words("proxmox_tags", None),
    words("proxmox_os"),
    words("proxmox_cpu_type"),
    words("proxmox_storage_names", None),
    ordering=("virtual_machine",),
    brief=("id", "url", "display", "virtual_machine", "proxmox_vm_id"),
    template="{virtual_machine} Proxbox sync state",
    unique=_one("virtual_machine"),
)
DEVICE_SYNC_STATE = model(
    "sync-state/devices",
    "ProxboxDeviceSyncState",
    "Proxbox device sync state",
    to("device", "dcim.device", required=True, id_filter="number"),
    to("endpoint", f"{PLUGIN}.proxmoxendpoint", id_filter="number", on_delete="set_null"),
    to("proxmox_node", f"{PLUGIN}.proxmoxnode", nested=OF_NODE, id_filter="number", on_delete="set_null"),
    words("proxmox_node_name", filterable=True),
    to("proxmox_cluster", f"{PLUGIN}.proxmoxcluster", id_filter="number", on_delete="set_null"),
    words("proxmox_cluster_name", filterable=True),
    link("proxmox_link"),
    ordering=("device",),
    brief=("id", "url", "display", "device", "proxmox_node_name"),
    template="{device} Proxbox sync state",
    unique=_one("device"),
)
CLUSTER_SYNC_STATE = model(
    "sync-state/clusters",
    "ProxboxClusterSyncState",
    "Proxbox cluster sync state",
    to("cluster", "virtualization.cluster", required=True, id_filter="number"),
    to("proxmox_cluster", f"{PLUGIN}.proxmoxcluster", id_filter="number", on_delete="set_null"),
    words("proxmox_cluster_name", filterable=True),
    ordering=("cluster",),
    brief=("id", "url", "display", "cluster", "proxmox_cluster_name"),
    template="{cluster} Proxbox sync state",
    unique=_one("cluster"),
)
VM_INTERFACE_SYNC_STATE = model(
    "sync-state/vm-interfaces",
    "ProxboxVMInterfaceSyncState",
    "Proxbox VM interface sync state",
    to("vm_interface", "virtualization.vminterface", required=True, id_filter="number"),
    to("proxbox_bridge", "dcim.interface", id_filter="number", on_delete="set_null"),
    ordering=("vm_interface",),
    brief=("id", "url", "display", "vm_interface", "proxbox_bridge"),
    template="{vm_interface} Proxbox sync state",
    unique=_one("vm_interface"),
)
VIRTUAL_DISK_SYNC_STATE = model(
    "sync-state/virtual-disks",
    "ProxboxVirtualDiskSyncState",
    "Proxbox virtual disk sync state",
    to("virtual_disk", "virtualization.virtualdisk", required=True, id_filter="number"),
    to("proxbox_storage", f"{PLUGIN}.proxmoxstorage", nested=OF_STORAGE, id_filter="number", on_delete="set_null"),
    ordering=("virtual_disk",),
    brief=("id", "url", "display", "virtual_disk"),
    template="{virtual_disk} Proxbox sync state",
    unique=_one("virtual_disk"),
)
MODELS = (
    VIRTUAL_MACHINE_SYNC_STATE,
    DEVICE_SYNC_STATE,
    CLUSTER_SYNC_STATE,
    VM_INTERFACE_SYNC_STATE,
    VIRTUAL_DISK_SYNC_STATE,
)
