"""The snapshots of one guest."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.api_models.datacenter import SnapshotRow
from proxbox_plan.collect.proxmox.gathering import Gathering
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, wrong_shape
from proxbox_plan.model.state import NOT_READ, Coverage, Incomplete, Snapshot

CURRENT = "current"


@dataclass(frozen=True)
class GuestSnapshots:
    """The snapshots of a guest, with the coverage of the list, and of single values in it."""

    coverage: Coverage = NOT_READ
    snapshots: tuple[Snapshot, ...] = ()
    values: tuple[tuple[str, Coverage], ...] = ()


def read_snapshots(reader: Reader, guest: GuestRow) -> GuestSnapshots:
    """Read a guest's snapshots.

    One that is being created or deleted makes the list incomplete. So does a list without the guest as it is now,
    which is always on it, or without the parent of another: deleting a snapshot gives its children a new one.
    """
    gathering = Gathering(reader)
    path = ("nodes", guest.node, guest.type, guest.vmid, "snapshot")
    listed: dict[str, SnapshotRow] = {}

    def make(row: SnapshotRow) -> Snapshot | None:
        listed[row.name] = row
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

    found = gathering.distinct(gathering.rows(SnapshotRow, make, *path), lambda snapshot: snapshot.name, *path)
    shown = f"/{'/'.join(str(segment) for segment in path)}"
    if CURRENT not in listed:
        gathering.note(wrong_shape(shown, f"no row {CURRENT!r}, which is always there"))
    gathering.named((row.parent or "" for row in listed.values()), listed, *path)
    # Zero is what Proxmox says of a snapshot whose time it does not know itself.
    untimed = [snapshot for snapshot in found if listed[snapshot.name].snaptime is None]
    lacking = {name: f"GET {shown}: {name} has no snaptime" for name in (snapshot.name for snapshot in untimed)}
    values = ((f"snapshots.{name}.created", incomplete(Incomplete.VALUE_MISSING, why)) for name, why in lacking.items())
    return GuestSnapshots(gathering.coverage, found, tuple(values))
