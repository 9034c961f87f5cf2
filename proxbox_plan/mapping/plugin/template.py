"""Template: a guest that others are cloned from."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping import virtual_disk
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import endpoint, plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing
from proxbox_plan.model.protective_tags import IGNORE_TAG, has_tag
from proxbox_plan.model.state import Guest

KIND = plugin_kind(
    "template",
    "vm-templates",
    "proxmoxvmtemplate",
    Field("name", source="name"),
    Field("vmid", FieldType.INTEGER, source="vmid"),
    Field("proxmox_endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("cluster", FieldType.REF, to=("proxbox-cluster",), filter="name", source="the plugin's row of the cluster"),
    Field("node", FieldType.REF, to=("proxbox-node",), filter="name", source="the node it is on"),
    Field("node_name", source="the node it is on"),
    Field("proxmox_type", source="`qemu` or `lxc`"),
    Field("status", source="status"),
    Field("vcpus", FieldType.INTEGER, source="as of a virtual machine, rounded up"),
    Field("memory", FieldType.INTEGER, unit="MiB", source="memory, MiB"),
    Field("disk", FieldType.INTEGER, source="its disks together, GiB, rounded up"),
    Field("os_type", source="ostype"),
    Field("description", source="the note"),
    Field("cloud_init_enabled", FieldType.BOOLEAN, source="has a cloud-init drive or setting"),
    Field("net_config", FieldType.JSON, source="netN: model, bridge and tag"),
    Field("disk_config", FieldType.JSON, source="disks: storage and size"),
    natural=(Natural(("proxmox_endpoint", "vmid"), "proxmox_endpoint", "proxmox_endpoint"),),
    on_missing=OnMissing.DELETE,
    areas=("templates",),
    parent="proxmox_endpoint",
    record=True,
    doc="`source_vm` and `cloned_vms` are maintained by users; `raw_config` is not written.",
)

_GIB = 1024**3


def desired(context: MappingContext) -> None:
    """Desire every template whose configuration was read, whether or not `templates: include` makes it a machine."""
    for view in context.clusters:
        for guest in view.cluster.guests:
            known = guest.coverage.row.complete and guest.coverage.config.complete
            if guest.template and known and not has_tag(guest.tags, IGNORE_TAG):
                name = clean(guest.name or f"{guest.type} {guest.vmid}", 255)
                context.add(
                    DesiredObject(
                        KIND.name,
                        Key.of(view.name, "template", guest.type, guest.vmid),
                        name,
                        _fields(context, view, guest, name),
                        cluster=view.name,
                    )
                )


def _fields(context: MappingContext, view: ClusterView, guest: Guest, name: str) -> dict[str, object]:
    row = Key.of(view.name, "template", guest.type, guest.vmid)
    sized = [context.established(KIND, row, guest.coverage.of(virtual_disk.size_of(disk))) for disk in guest.disks]
    sizes = sum(disk.size_bytes or 0 for disk in guest.disks)
    nics = {nic.slot: {"model": nic.model, "bridge": nic.bridge, "tag": nic.tag} for nic in guest.nics}
    disks = {disk.slot: {"storage": disk.storage, "size": disk.size_bytes} for disk in guest.disks}
    return {
        "name": name,
        "vmid": guest.vmid,
        "proxmox_endpoint": endpoint.ref(view),
        "cluster": endpoint.cluster_ref(view),
        "node": endpoint.node_ref(context, view, guest.node),
        "node_name": clean(guest.node, 255),
        "proxmox_type": guest.type,
        "status": clean(guest.status, 50),
        "vcpus": -int(-guest.vcpus // 1) if guest.vcpus is not None else None,
        "memory": guest.memory_mib,
        "disk": known(-(-sizes // _GIB), *sized),
        "os_type": clean(guest.ostype or "", 50),
        "description": note(guest.description),
        "cloud_init_enabled": guest.cloud_init is not None,
        "net_config": nics,
        "disk_config": known(disks, *sized),
    }
