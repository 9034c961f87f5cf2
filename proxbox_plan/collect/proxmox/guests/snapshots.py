"""The snapshots of one guest."""

from __future__ import annotations

from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.api_models.datacenter import SnapshotRow
from proxbox_plan.collect.proxmox.gathering import Gathering
from proxbox_plan.collect.proxmox.reading import Reader, incomplete
from proxbox_plan.model.state import Coverage, Incomplete, Snapshot

CURRENT = "current"


def read_snapshots(reader: Reader, guest: GuestRow) -> tuple[tuple[Snapshot, ...], Coverage]:
    """Read a guest's snapshots; one that is being created or deleted makes the list incomplete."""
    gathering = Gathering(reader)
    path = ("nodes", guest.node, guest.type, guest.vmid, "snapshot")

    def make(row: SnapshotRow) -> Snapshot | None:
        if row.name == CURRENT:
            return None
        if row.snapstate:
            where = f"{guest.type}/{guest.vmid}"
            gathering.note(
                incomplete(Incomplete.HALF_MADE, f"snapshot {row.name} of {where} is in state {row.snapstate}")
            )
            return None
        description = row.description.rstrip()
        return Snapshot(name=row.name, created=row.snaptime or None, parent=row.parent, description=description)

    found = gathering.rows(SnapshotRow, make, *path)
    return gathering.distinct(found, lambda snapshot: snapshot.name, *path), gathering.coverage
