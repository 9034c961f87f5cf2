"""PruneCandidate: one object that nothing desires any more, and what decides what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.core.duration import Duration
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import VM_INTERFACE
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.protection import (
    Protection,
    guest_of,
    owner_kind,
    protection_of,
    source_protection,
)
from proxbox_plan.mapping.estate.stages import RemovalStage
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import LeftAlone
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.plan.prune.stopped import Stopped
from proxbox_plan.plan.relations.owned import describe
from proxbox_plan.plan.relations.owners import owner_of
from proxbox_plan.plan.relations.rows import Rows


@dataclass(frozen=True, slots=True)
class PruneCandidate:
    """One object to judge."""

    estate: Estate
    index: Rows
    seen_in: ClusterView  # where its guest is now
    kind: Kind
    row: Row
    key: Key
    place: Key  # the key that it would have there

    @property
    def parent(self) -> Kind:
        """Kind of the guest or node it belongs to."""
        return owner_kind(self.key)

    @property
    def stage(self) -> RemovalStage:
        """What becomes of it if its source is gone."""
        return self.estate.stage_of(self.kind, self.row)

    @property
    def period(self) -> Duration | None:
        """How long one of its kind stays decommissioned; null: for good, or not at all."""
        return self.estate.policy.removal(self.kind).period

    def inherited(self) -> Protection | None:
        """Return the protection of its guest in Proxmox, or in NetBox that of the guest or node it hangs off.

        What is remembered of a tag in Proxmox counts while the guest does not say that it has none.
        """
        source = source_protection(self.seen_in, self.place)
        if source is not None:
            return source
        found = protection_of(self.estate.row(self.parent.name, self.key.machine))
        found = found or protection_of(owner_of(self.index, self.kind, self.row))
        guest = guest_of(self.seen_in, self.place)
        is_off = guest is not None and guest.coverage.row.complete
        return None if found is not None and found.side == "proxmox" and is_off else found

    def left_alone(self, protection: Protection) -> LeftAlone:
        """Return that a protective tag keeps it as it is."""
        name = describe(self.kind, self.row)
        return LeftAlone(address=self.kind.address(self.key), name=name, tag=protection.tag, side=protection.side)


def stage_of_parent(candidate: PruneCandidate, stopped: Stopped) -> RemovalStage:
    """Return what becomes of what an object went with: deleted also when NetBox has nothing of it.

    Of a guest that is there only a NIC vanished, and the address with it. What is not ours any more, or will not be, is
    kept by whoever took it from us.
    """
    estate, parent, over = candidate.estate, candidate.parent, candidate.key.machine
    now = candidate.place.machine
    if (now.sort, now.last) in candidate.seen_in.known:
        parent, over = VM_INTERFACE, over.child(candidate.key.below_owner[0])
        row = estate.row(parent.name, over)
    else:
        row = estate.row(parent.name, over) or owner_of(candidate.index, candidate.kind, candidate.row)
    if row is None:
        return RemovalStage.DELETED
    if is_forgotten(estate.policy, parent.address(row.key or over)):
        return RemovalStage.KEPT
    if row.key is None:
        stopped.released(parent.address(over), row, candidate.row)
        return RemovalStage.KEPT
    return estate.stage_of(parent, row)
