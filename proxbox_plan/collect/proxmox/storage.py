"""The definitions of the storages, without their credentials."""

from __future__ import annotations

from typing import Any

from proxbox_plan.collect.proxmox.api_models.datacenter import StorageRow
from proxbox_plan.collect.proxmox.gathering import Gathering
from proxbox_plan.collect.proxmox.parse.datacenter import parse_retention
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_whole
from proxbox_plan.collect.proxmox.reading import Reader, wrong_shape
from proxbox_plan.model.state import Coverage, Storage

PATH = "storage"
ANY_NUMBER = -1
ALWAYS_SHARED = frozenset({"cephfs", "cifs", "glusterfs", "iscsi", "iscsidirect", "nfs", "pbs", "rbd", "zfs"})
MANDATORY = {
    "btrfs": ("path",),
    "cephfs": ("path",),
    "cifs": ("path", "server", "share"),
    "dir": ("path",),
    "esxi": ("server", "username"),
    "glusterfs": ("path",),
    "nfs": ("path", "server", "export"),
    "pbs": ("server", "datastore", "username"),
    "zfs": ("pool",),
    "zfspool": ("pool",),
}
"""Properties by type that storage.cfg always has, or that Proxmox fills in when it reads it."""
SAME_NAME = (
    "path",
    "server",
    "port",
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


def read_storages(reader: Reader) -> tuple[tuple[Storage, ...], Coverage]:
    """Read /storage, which lists the storages the token may view."""
    gathering = Gathering(reader)
    found = gathering.rows(StorageRow, _storage, PATH)
    storages = gathering.distinct(found, lambda storage: storage.name, PATH)
    if not storages:
        gathering.note(wrong_shape(f"/{PATH}", "no storages, although `local` always exists"))
    return storages, gathering.coverage


def _storage(row: StorageRow) -> Storage:
    lacking = [name for name in ("content", *MANDATORY.get(row.type, ())) if not getattr(row, name)]
    if lacking:
        raise GrammarError(f"a storage without {lacking[0]}", row.storage)
    same: dict[str, Any] = {name: getattr(row, name) for name in SAME_NAME}
    return Storage(
        name=row.storage,
        type=row.type,
        content=row.content,
        shared=row.shared or row.type in ALWAYS_SHARED,
        enabled=not row.disable,
        nodes=row.nodes,
        prune_backups=parse_retention(row.prune_backups or ""),
        max_protected_backups=_whole(row.max_protected_backups),
        **same,
    )


def _whole(text: str | None) -> int | None:
    """Return a number of protected backups; -1 stands for any number."""
    return ANY_NUMBER if text == str(ANY_NUMBER) else parse_whole(text) if text else None
