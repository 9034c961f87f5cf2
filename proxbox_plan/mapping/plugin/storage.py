"""Storage: every storage definition of the datacenter."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import cluster
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unread
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state.datacenter import Retention, Storage

# Fields with the names and values of Proxmox.
_TEXTS = (
    "path",
    "server",
    "username",
    "export",
    "share",
    "pool",
    "monhost",
    "namespace",
    "datastore",
    "subdir",
    "mountpoint",
    "is_mountpoint",
    "preallocation",
    "format",
)

KIND = plugin_kind(
    "storage",
    "storage",
    "proxmoxstorage",
    Field("cluster", FieldType.REF, to=("cluster",), source="the cluster"),
    Field("name", source="storage"),
    Field("storage_type", source="type"),
    Field("content", source="content, sorted"),
    Field("nodes", source="nodes, sorted"),
    Field("shared", FieldType.BOOLEAN, source="shared, or a type that always is"),
    Field("enabled", FieldType.BOOLEAN, source="not disable"),
    Field("port", FieldType.INTEGER, source="port"),
    Field("prune_backups", source="prune-backups"),
    Field("max_protected_backups", FieldType.INTEGER, source="max-protected-backups"),
    *(Field(name, source=name) for name in _TEXTS),
    natural=(Natural(("cluster", "name"), "cluster", "cluster"),),
    on_missing=OnMissing.DELETE,
    areas=("storages",),
    parent="cluster",
    record=True,
    few=True,
    doc="`raw_config` is not written: a storage's configuration may hold credentials.",
)


def ref(view: ClusterView, context: MappingContext, name: str | None) -> Ref | Unread | None:
    """Reference to a storage; null for one that the datacenter does not list."""
    if name is None:
        return None
    address = Address.of(KIND.name, Key.of(view.name, "storage", name))
    return context.listed(address, name, view.cluster.coverage.storages)


def desired(context: MappingContext) -> None:
    """Desire every storage that was listed."""
    for view in context.clusters:
        for storage in view.cluster.storages:
            context.add(
                DesiredObject(
                    KIND.name,
                    Key.of(view.name, "storage", storage.name),
                    storage.name,
                    _fields(view, storage),
                    cluster=view.name,
                )
            )


def _fields(view: ClusterView, storage: Storage) -> dict[str, object]:
    texts = {name: clean(getattr(storage, name) or "", 255) for name in _TEXTS}
    return {
        **texts,
        "cluster": cluster.ref(view),
        "name": clean(storage.name, 255),
        "storage_type": clean(storage.type, 100),
        "content": clean(",".join(storage.content), 255),
        "nodes": ",".join(storage.nodes),
        "shared": storage.shared,
        "enabled": storage.enabled,
        "port": storage.port,
        "prune_backups": clean(retention(storage.prune_backups), 512),
        "max_protected_backups": storage.max_protected_backups,
    }


def retention(keep: Retention) -> str:
    """Return `keep-daily=7,keep-last=3`."""
    return ",".join(f"{name}={number}" for name, number in keep)
