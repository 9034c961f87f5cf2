"""Sidecars: rows of netbox-proxbox that link NetBox's own objects to their counterparts in Proxmox.

Its pages list guests by them, and a virtual machine that proxbox-api created is recognized by its sidecar.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping import cluster, device, interface, virtual_disk, virtual_machine, vm_interface
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unread
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.mapping.plugin import endpoint, plugin_kind, storage
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnMissing
from proxbox_plan.model.reference import Ref


def _sidecar(name: str, path: str, model: str, parent: str, of: str, *fields: Field, **options: Any) -> Kind:
    return plugin_kind(
        name,
        f"sync-state/{path}",
        model,
        Field(parent, FieldType.REF, to=(of,), source="its object"),
        *fields,
        natural=(Natural((parent,), f"{parent}_id", parent),),
        on_missing=OnMissing.DELETE,
        parent=parent,
        record=True,
        **{"label": "display", "areas": ("sidecars",), **options},
    )


_ENDPOINT = Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint")
_CLUSTER = Field("proxmox_cluster", FieldType.REF, to=("proxbox-cluster",), source="the plugin's row of the cluster")
_NODE = Field("proxmox_node", FieldType.REF, to=("proxbox-node",), source="the plugin's row of the node")
_CLUSTER_NAME = Field("proxmox_cluster_name", source="the cluster's name in Proxmox")
_NODE_NAME = Field("proxmox_node_name", source="the node's name")
_UNTIMED = "`proxmox_last_updated` and `last_run_id` would change with every run and are never written."

MACHINE = _sidecar(
    "vm-state",
    "virtual-machines",
    "proxboxvirtualmachinesyncstate",
    "virtual_machine",
    "virtual-machine",
    _ENDPOINT,
    _CLUSTER,
    _NODE,
    _CLUSTER_NAME,
    _NODE_NAME,
    Field("proxmox_vm_id", FieldType.INTEGER, source="vmid"),
    Field("proxmox_vm_type", source="`qemu` or `lxc`"),
    Field("proxmox_vm_name", source="name"),
    Field("proxmox_status", source="status"),
    Field("proxmox_start_at_boot", FieldType.BOOLEAN, source="onboot"),
    Field("proxmox_unprivileged_container", FieldType.BOOLEAN, source="unprivileged"),
    Field("proxmox_qemu_agent", FieldType.BOOLEAN, source="agent"),
    Field("proxmox_search_domain", source="searchdomain"),
    Field("proxmox_tags", source="tags"),
    Field("proxmox_os", source="ostype"),
    Field("proxmox_cpu_type", source="cpu"),
    Field("proxmox_storage_names", source="storages of its disks"),
    Field("proxmox_link", source="the guest in Proxmox's web interface"),
    label="proxmox_vm_id",
    doc=_UNTIMED,
)
DEVICE = _sidecar(
    "device-state",
    "devices",
    "proxboxdevicesyncstate",
    "device",
    "device",
    _ENDPOINT,
    _CLUSTER,
    _NODE,
    _CLUSTER_NAME,
    _NODE_NAME,
    Field("proxmox_link", source="the node in Proxmox's web interface"),
    few=True,
    doc=_UNTIMED,
)
CLUSTER = _sidecar(
    "cluster-state",
    "clusters",
    "proxboxclustersyncstate",
    "cluster",
    "cluster",
    _CLUSTER,
    _CLUSTER_NAME,
    few=True,
    doc=_UNTIMED,
)
NIC = _sidecar(
    "vm-interface-state",
    "vm-interfaces",
    "proxboxvminterfacesyncstate",
    "vm_interface",
    "vm-interface",
    Field("proxbox_bridge", FieldType.REF, to=("interface",), source="the bridge, an interface of the guest's node"),
    doc=_UNTIMED,
)
DISK = _sidecar(
    "disk-state",
    "virtual-disks",
    "proxboxvirtualdisksyncstate",
    "virtual_disk",
    "virtual-disk",
    Field("proxbox_storage", FieldType.REF, to=("proxbox-storage",), source="the storage the volume is on"),
    areas=("sidecars", "disks"),
    doc=_UNTIMED,
)

KINDS = (CLUSTER, DEVICE, MACHINE, NIC, DISK)


def desired(context: MappingContext) -> None:
    """Desire a sidecar for every desired cluster, device, virtual machine, interface and disk.

    NetBox refuses the sidecar of a cluster or device until the plugin's own row is linked to the same object: an
    existing row without the link must be adopted first.
    """
    for view in context.clusters:
        fields = {
            "cluster": cluster.ref(view),
            "proxmox_cluster": endpoint.cluster_ref(view),
            "proxmox_cluster_name": endpoint.said_name(view),
        }
        linked = endpoint.cluster_ref(view)
        _beside(context, CLUSTER, view, Key.of(view.name, "cluster"), cluster.title(view), fields, linked)
        for node in view.nodes:
            key = device.key(view, node.name)
            place = {"device": device.ref(view, node.name), **_place(context, view, node.name)}
            place["proxmox_link"] = _link(view, f"node/{node.name}")
            _beside(context, DEVICE, view, key, node.name, place, endpoint.node_ref(context, view, node.name))
        for guest in view.guests:
            if guest.unknown is None:
                _of_guest(context, guest)


def _of_guest(context: MappingContext, view: GuestView) -> None:
    guest, name = view.guest, view.guest.name or view.key
    storages = sorted({disk.storage for disk in guest.disks if disk.storage})
    fields: dict[str, object] = {
        "virtual_machine": virtual_machine.ref(view),
        **_place(context, view.cluster, guest.node),
        "proxmox_vm_id": guest.vmid,
        "proxmox_vm_type": guest.type,
        "proxmox_vm_name": clean(guest.name, 255),
        "proxmox_status": clean(guest.status, 64),
        "proxmox_start_at_boot": guest.onboot,
        "proxmox_unprivileged_container": guest.unprivileged,
        "proxmox_search_domain": clean(guest.search_domain, 255),
        "proxmox_qemu_agent": guest.agent if guest.type == "qemu" else None,
        "proxmox_tags": note(",".join(guest.tags)),
        "proxmox_os": clean(guest.ostype, 255),
        "proxmox_cpu_type": clean(guest.cpu_type, 255),
        "proxmox_storage_names": note(",".join(storages)),
        "proxmox_link": _link(view.cluster, f"{guest.type}/{guest.vmid}"),
    }
    _beside(context, MACHINE, view.cluster, view.key, name, fields)
    for nic in guest.nics:
        beside = {"vm_interface": vm_interface.ref(view, nic), "proxbox_bridge": _bridge(context, view, nic.bridge)}
        _beside(context, NIC, view.cluster, view.key.child(nic.slot), f"{name} {nic.name}", beside)
    for disk in guest.disks:
        key = view.key.child("disk", disk.slot)
        if Address.of(virtual_disk.KIND.name, key) in context.desired:
            own = Ref.to(virtual_disk.KIND.name, key, f"{name} {disk.slot}")
            place = {"virtual_disk": own, "proxbox_storage": storage.ref(view.cluster, context, disk.storage)}
            _beside(context, DISK, view.cluster, key, f"{name} {disk.slot}", place)


def _bridge(context: MappingContext, view: GuestView, name: str | None) -> Ref | Unread | None:
    """Reference to a bridge of the guest's node; a bridge that is a vnet is none of its interfaces."""
    if not name:
        return None
    address = Address.of(interface.KIND.name, interface.key(view.cluster, view.guest.node, name))
    node = next((node for node in view.cluster.nodes if node.name == view.guest.node), None)
    return context.listed(address, name, node.coverage.network if node else view.cluster.cluster.coverage.nodes)


def _beside(  # noqa: PLR0913 # a sidecar has its object's key and name, and its own fields
    context: MappingContext,
    kind: Kind,
    view: ClusterView,
    key: Key,
    name: str,
    fields: Mapping[str, object],
    linked: Ref | Unread | None = None,
) -> None:
    after = (linked.address,) if isinstance(linked, Ref) and linked.address is not None else ()
    context.add(DesiredObject(kind.name, key.child("state"), name, fields, cluster=view.name, prerequisites=after))


def _place(context: MappingContext, view: ClusterView, node: str) -> dict[str, object]:
    return {
        "endpoint": endpoint.ref(view),
        "proxmox_cluster": endpoint.cluster_ref(view),
        "proxmox_node": endpoint.node_ref(context, view, node),
        "proxmox_cluster_name": endpoint.said_name(view),
        "proxmox_node_name": clean(node, 255),
    }


def _link(view: ClusterView, what: str) -> str:
    """URL in Proxmox's web interface; none for a host without a dot, whose URL the plugin refuses."""
    host = f"[{view.policy.host}]" if ":" in view.policy.host else view.policy.host
    takes = ("." in host and "_" not in host) or host.startswith("[")
    return clean(f"https://{host}:{view.policy.port}/#v1:0:={what}", 500) if takes else ""
