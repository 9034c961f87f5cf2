"""The backups on the storages: a shared storage is listed once, a local one on every node it is on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxbox_plan.collect.proxmox.api_models.datacenter import BackupRow
from proxbox_plan.collect.proxmox.gathering import Gathering
from proxbox_plan.collect.proxmox.membership import Membership
from proxbox_plan.collect.proxmox.parse.datacenter import GUEST_TYPES, parse_volume
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.privileges.effective import ALLOCATE, ALLOCATE_SPACE, BACK_UP, EffectivePrivileges
from proxbox_plan.collect.proxmox.reading import Reader, incomplete
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, Incomplete, Storage
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.datacenter import Backup

BACKUP = "backup"
MOST_NODES = 3


@dataclass(frozen=True)
class BackupListing:
    """One listing to request: of a storage, on the first of these nodes that answers."""

    storage: str
    nodes: tuple[str, ...]
    shared: bool


@dataclass(frozen=True)
class ListedBackups:
    """The result of one listing."""

    storage: str
    backups: tuple[Backup, ...] = ()
    coverage: Coverage = COMPLETE


def listings_of(storages: Sequence[Storage], members: Membership) -> list[BackupListing]:
    """Return the listings that together show all backups."""
    found = []
    for storage in storages:
        if BACKUP not in storage.content or not storage.enabled:
            continue
        online = tuple(name for name in _nodes_of(storage, members) if members.nodes[name].online)
        if storage.shared and online:
            found.append(BackupListing(storage.name, online[:MOST_NODES], shared=True))
        elif not storage.shared:
            found += [BackupListing(storage.name, (node,), shared=False) for node in online]
    return found


def _nodes_of(storage: Storage, members: Membership) -> list[str]:
    return sorted(name for name in members.nodes if not storage.nodes or name in storage.nodes)


def list_backups(reader: Reader, listing: BackupListing) -> ListedBackups:
    """Request one listing; for a shared storage, try the next node after a failure."""
    listed = ListedBackups(listing.storage, coverage=NOT_READ)
    for node in listing.nodes:
        listed = _list(reader, listing, node)
        if listed.coverage.complete:
            break
    return listed


def _list(reader: Reader, listing: BackupListing, node: str) -> ListedBackups:
    gathering = Gathering(reader)
    owner = None if listing.shared else node

    def make(row: BackupRow) -> Backup | None:
        return _backup(row, listing.storage, owner)

    path = ("nodes", node, "storage", listing.storage, "content")
    found = gathering.rows(BackupRow, make, *path, content=BACKUP)
    backups = gathering.distinct(found, lambda backup: backup.volume, *path)
    return ListedBackups(listing.storage, backups, gathering.coverage)


def _backup(row: BackupRow, storage: str, node: str | None) -> Backup | None:
    if row.content not in {None, BACKUP}:
        return None
    if not row.volid.startswith(f"{storage}:"):
        raise GrammarError(f"expected a volume of {storage}", row.volid)
    size = row.size if row.size is not None else row.approximate_size
    if row.ctime is None or size is None or row.format is None:
        raise GrammarError("expected a time, a size and a format", row.volid)
    kind, vmid = parse_volume(row.volid)
    verification = row.verification
    return Backup(
        volume=row.volid,
        node=node,
        vmid=row.vmid or vmid,
        type=GUEST_TYPES.get(row.subtype or "", kind),
        created=row.ctime,
        size_bytes=size,
        format=row.format,
        notes=row.notes.rstrip(),
        protected=row.protected,
        encrypted=row.encrypted,
        verification=verification.state if verification else None,
        verification_upid=verification.upid if verification else None,
    )


def with_backups(
    storages: Sequence[Storage], listed: Sequence[ListedBackups], members: Membership, privileges: EffectivePrivileges
) -> tuple[Storage, ...]:
    """Return the storages with their backups and the coverage of each list."""
    return tuple(
        storage.replace(
            backups=_sorted(each for one in listed if one.storage == storage.name for each in one.backups),
            backups_coverage=_coverage(storage, listed, members, privileges),
        )
        for storage in storages
    )


def _sorted(backups: Iterable[Backup]) -> tuple[Backup, ...]:
    return tuple(sorted(backups, key=lambda backup: (backup.volume, backup.node or "")))


def _coverage(
    storage: Storage, listed: Sequence[ListedBackups], members: Membership, privileges: EffectivePrivileges
) -> Coverage:
    if BACKUP not in storage.content:
        return COMPLETE  # holds no backups
    if not storage.enabled:
        return incomplete(Incomplete.STORAGE_DISABLED, f"storage {storage.name} is disabled")
    offline = [name for name in _nodes_of(storage, members) if not members.nodes[name].online]
    own = [one.coverage for one in listed if one.storage == storage.name]
    if offline and (not storage.shared or not own):
        own.append(
            incomplete(Incomplete.NODE_OFFLINE, f"storage {storage.name} on node {offline[0]}, which is offline")
        )
    return first_incomplete(_sees_all(storage.name, privileges), *own, members.coverage)


def _sees_all(storage: str, privileges: EffectivePrivileges) -> Coverage:
    """Return whether the token sees every backup: Proxmox silently hides those it may neither manage nor create."""
    path = f"/storage/{storage}"
    if privileges.holds(path, ALLOCATE).complete:
        return COMPLETE
    lacking = first_incomplete(privileges.holds(path, ALLOCATE_SPACE), privileges.prove(*BACK_UP))
    if lacking.reason is not Incomplete.FORBIDDEN:
        return lacking
    return incomplete(
        Incomplete.FORBIDDEN,
        f"seeing all backups on {storage} requires Datastore.Allocate on {path}, or "
        "Datastore.AllocateSpace there and VM.Backup on /vms",
    )
