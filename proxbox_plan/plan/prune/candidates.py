"""Prune candidates: managed objects that nothing desires any more, judged by what the state proves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ADDRESS, GUEST, KINDS, above, rank
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.ipam import reservation_of
from proxbox_plan.mapping.estate.protection import ignored_guests, protection_of
from proxbox_plan.mapping.estate.stages import STOPPED, RemovalStage
from proxbox_plan.model.address_roles import FLOATING_ROLES
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import (
    Action,
    Change,
    Deferred,
    Delete,
    Forget,
    LeftAlone,
    Preserved,
    Reason,
    Update,
)
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.proof import Gone, OutOfScope, Proof, proof_of
from proxbox_plan.plan.prune.candidate import PruneCandidate, stage_of_parent
from proxbox_plan.plan.prune.places import Places
from proxbox_plan.plan.prune.removals import decommissioned, deleted, forgotten, with_parent
from proxbox_plan.plan.prune.room import Room, gives_way, kept_apart
from proxbox_plan.plan.prune.stopped import Stopped
from proxbox_plan.plan.relations.dependents import ObjectId, hangs_off
from proxbox_plan.plan.relations.owned import describe
from proxbox_plan.plan.relations.owners import owner_of
from proxbox_plan.plan.relations.prerequisites import prerequisites


@dataclass
class Candidates:
    """What becomes of the managed objects that nothing desires."""

    changes: list[Change] = field(default_factory=list)
    going: set[ObjectId] = field(default_factory=set)  # what is deleted: objects are judged after what they hang off
    deferred: list[Deferred] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)
    preserved: list[Preserved] = field(default_factory=list)
    stopped: Stopped = field(default_factory=Stopped)
    needed: frozenset[ObjectId] = frozenset()  # objects whose natural keys are desired for others
    kept: Counter[str] = field(default_factory=Counter)  # by kind

    def add(self, change: Change) -> None:
        """Add a change."""
        self.changes.append(change)
        if isinstance(change, Delete):
            self.going.add((change.kind, change.netbox_id))


def candidates(matched: Matched) -> Candidates:
    """Judge every object with one of our keys, in the clusters of the state, that no desired object matched.

    A kind that the configuration switched off is out of scope: its objects stay as they are. What it forgets is
    forgotten, whatever became of its source.
    """
    holders = ((at, row) for at, rows in matched.holders.items() for row in rows if at not in matched.blocked)
    estate, found = matched.estate, Candidates(needed=frozenset((at.kind, row.id) for at, row in holders))
    used = {(address.kind, row.id) for address, row in matched.rows.items()}
    places, room = Places(matched), Room(matched)
    for kind, row, key in _managed(estate, KINDS.values()):
        if (kind.name, row.id) in used or estate.claims.hold(kind, row):
            continue
        apart = key.sort in GUEST_TYPES and key.is_retired  # set apart before
        if is_forgotten(estate.policy, kind.address(key)):
            found.add(forgotten(kind, row, replaced=room.has(kind, row)))
            continue
        if kind is ADDRESS and reservation_of(row) is not None:  # an IPAM of Proxmox deletes its own
            found.kept[kind.name] += 1
            continue
        place = places.of(kind, row, key)
        candidate = PruneCandidate(estate, matched.index, estate.by_name[place.cluster], kind, row, key, place)
        if (kept := matched.kept.get(key.owner)) is not None and not apart:
            _keep(candidate, kept, found)
            continue
        if apart or not room.concerns(kind, row, key):
            _judge(candidate, found, replaced=False)
        else:
            _make_room(candidate, found, room)
    _clear_the_way(estate, found)
    listed = {item.address for item in found.left_alone}
    for view in estate.clusters:
        found.left_alone += (item for item in ignored_guests(view) if item.address not in listed)
    return found


def _managed(estate: Estate, kinds: Iterable[Kind]) -> Iterator[tuple[Kind, Row, Key]]:
    """Yield our objects of the clusters of the state, as far as their kind is planned, and what they hang off."""
    planned = [kind for kind in kinds if kind.managed and estate.has(kind)]
    for kind in sorted(planned, key=lambda kind: rank(kind.name)):
        for row in estate.inventory.kinds.get(kind.name, ()):
            if row.key is not None and row.key.cluster in estate.by_name and _makes_sense(estate, row.key):
                yield kind, row, row.key


def _makes_sense(estate: Estate, key: Key) -> bool:
    over = above(key)
    return over is None or estate.has(over)


def _clear_the_way(estate: Estate, found: Candidates) -> None:
    """Delete what keeps NetBox from deleting what it hangs off, even without proof that its own source is gone."""
    done = {(change.kind, change.target_id) for change in found.changes if isinstance(change, Delete | Forget)}
    blocking = [kind for kind in KINDS.values() if kind.blocks_parent] if found.going else []
    for kind, row, key in _managed(estate, blocking):
        if hangs_off(kind, row) in found.going and (kind.name, row.id) not in done:
            found.deferred = [item for item in found.deferred if (item.kind, item.address.key) != (kind.name, key)]
            found.add(deleted(kind, row, Reason.PARENT_GONE))


def _keep(candidate: PruneCandidate, why: Unknown | OutOfScope, found: Candidates) -> None:
    """Leave alone what belongs to a machine whose vmid is another guest's, and whose own guest may still be there."""
    if isinstance(why, Unknown) and candidate.kind is not GUEST:  # which the guest that waits for it stands for
        found.deferred.append(_defer(candidate, why))
    else:
        found.kept[candidate.kind.name] += 1


def _judge(candidate: PruneCandidate, found: Candidates, *, replaced: bool) -> None:
    """Judge one object; the parts of a guest that was replaced are gone with it, whatever the new one shows."""
    kind, row, stage = candidate.kind, candidate.row, candidate.stage
    proof: Proof = Gone(with_parent=True)
    if not replaced:
        proof = proof_of(candidate.estate, candidate.seen_in, candidate.place, row)
    protection = protection_of(row)
    if protection is None and not replaced:
        protection = candidate.inherited()
    stays = isinstance(proof, OutOfScope) or stage is RemovalStage.KEPT
    if protection is not None and (protection.tag == IGNORE_TAG or not stays):
        found.left_alone.append(candidate.left_alone(protection))
    elif isinstance(proof, OutOfScope) or stage is RemovalStage.KEPT:
        found.kept[kind.name] += 1
    elif isinstance(proof, Unknown):
        found.deferred.append(_defer(candidate, proof))
    elif proof.with_parent:
        goes = replaced or hangs_off(kind, row) in found.going
        _judge_part(candidate, found, RemovalStage.DELETED if goes else stage_of_parent(candidate, found.stopped))
    elif kind is ADDRESS and row.fields.get("role") in FLOATING_ROLES:
        found.preserved.append(_between(candidate))
    else:
        _change(candidate, found, Reason.GONE)


def _between(candidate: PruneCandidate) -> Preserved:
    """Return that an address stays that moves between guests while none of them shows it: it may be on its way."""
    row = candidate.row
    return Preserved(
        address=candidate.kind.address(candidate.key),
        name=describe(candidate.kind, row),
        field="assigned_object",
        netbox_id=row.id,
        netbox=row.fields.get("assigned_object"),
        proxmox=None,
    )


def _make_room(candidate: PruneCandidate, found: Candidates, room: Room) -> None:
    """Judge what another guest's vmid concerns: it is kept apart with its machine, or goes, as a whole or not yet."""
    kind, row, key = candidate.kind, candidate.row, candidate.key
    apart = room.key_of(kind, row, key)
    protection = protection_of(room.guest_at(key)) or protection_of(row)  # of a guest: of all that hangs off it, too
    protection = protection or protection_of(owner_of(candidate.index, kind, row))
    if protection is not None:
        found.left_alone.append(candidate.left_alone(protection))
    elif apart is not None:
        _keep_apart(replace(candidate, key=apart, place=apart), found)
    elif not room.has(kind, row):
        _judge(candidate, found, replaced=True)
    elif candidate.place == key or isinstance(
        proof_of(candidate.estate, candidate.seen_in, candidate.place, row), Gone
    ):
        found.add(room.made_by(kind, row))
    else:
        _judge(candidate, found, replaced=False)


def _judge_part(candidate: PruneCandidate, found: Candidates, parent: RemovalStage) -> None:
    """Judge what went with its parent: it stays as long as that does, and gives way to what needs its place."""
    kind, row = candidate.kind, candidate.row
    if parent is RemovalStage.DELETED:
        _change(candidate, found, Reason.PARENT_GONE)
    elif (kind.name, row.id) in found.needed and parent is not RemovalStage.KEPT and not kind.retired:
        found.add(deleted(kind, row, Reason.PARENT_GONE))
    else:
        _add(candidate, found, _staying(candidate, found, parent))


def _keep_apart(candidate: PruneCandidate, found: Candidates) -> None:
    """Let a part keep to its machine, whose vmid is another guest's: below its key, or not, if something needs that."""
    kind, row = candidate.kind, candidate.row
    parent = stage_of_parent(candidate, found.stopped)
    if parent is RemovalStage.DELETED or (kind.name, row.id) in found.needed:
        found.add(gives_way(kind, row))
    else:
        found.add(kept_apart(kind, row, candidate.key, _staying(candidate, found, parent)))


def _staying(candidate: PruneCandidate, found: Candidates, parent: RemovalStage) -> Update | None:
    """Return how what stays with its parent says that this one is gone, if its kind has a status for that."""
    kind, row, stage = candidate.kind, candidate.row, candidate.stage
    if parent is RemovalStage.KEPT or (parent in STOPPED and not kind.retired):
        return None
    if kind.retired:
        _note(candidate, found.stopped)
        is_due = stage is RemovalStage.DECOMMISSIONED
        in_stages = candidate.period is not None
        return decommissioned(kind, row, Reason.PARENT_GONE, in_stages=in_stages) if is_due else None
    change = with_parent(candidate.estate.policy, kind, row)
    if isinstance(change, Preserved):
        found.preserved.append(change)
        return None
    return change


def _change(candidate: PruneCandidate, found: Candidates, reason: Reason) -> None:
    """Delete or decommission an object whose source is gone, or neither."""
    kind, row, stage = candidate.kind, candidate.row, candidate.stage
    change: Change | None = None
    if stage is RemovalStage.DELETED:
        change = deleted(kind, row, Reason.EXPIRED if candidate.period is not None else reason)
    elif stage is RemovalStage.DECOMMISSIONED:
        change = decommissioned(kind, row, reason, in_stages=candidate.period is not None)
    _note(candidate, found.stopped)
    _add(candidate, found, change)


def _add(candidate: PruneCandidate, found: Candidates, change: Change | None) -> None:
    """Add what becomes of an object, if it changes, and NetBox would take that."""
    if change is None or not _can_land(candidate.estate, change):
        found.kept[candidate.kind.name] += 1
    else:
        found.add(change)


def _note(candidate: PruneCandidate, stopped: Stopped) -> None:
    """Note why an object is not deleted, now or ever, where it would be in stages."""
    kind, row, address = candidate.kind, candidate.row, candidate.kind.address(candidate.key)
    if candidate.stage is RemovalStage.EDITED:
        stopped.edited(kind, row, address)
    elif candidate.stage is RemovalStage.UNSTAMPED:
        stopped.unstamped(kind, row, address)
    elif candidate.period is not None and candidate.estate.read_at is None:
        stopped.untimed(address)


def _can_land(estate: Estate, change: Change) -> bool:
    """Whether the prerequisites of a change exist; NetBox would reject the change in every plan otherwise."""
    return all(estate.row(address.kind, address.key) is not None for address in prerequisites(change))


def _defer(candidate: PruneCandidate, proof: Unknown) -> Deferred:
    kind, row = candidate.kind, candidate.row
    return Deferred(
        address=kind.address(candidate.key),
        kind=kind.name,
        name=describe(kind, row),
        action=Action.DELETE if candidate.stage is RemovalStage.DELETED else Action.UPDATE,
        reason=proof.reason,
        detail=proof.detail,
    )
