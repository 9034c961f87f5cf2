"""Prune candidates: managed objects that nothing desires any more, judged by what the state proves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import GUEST, KINDS, VM_INTERFACE, above, rank
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.protection import (
    Protection,
    guest_of,
    ignored_guests,
    owner_kind,
    protection_of,
    source_protection,
)
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, OnMissing
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import (
    Action,
    Cause,
    Change,
    Deferred,
    Delete,
    FieldChange,
    Forget,
    LeftAlone,
    Reason,
    Update,
)
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.parts import Parts
from proxbox_plan.plan.match.proof import Gone, OutOfScope, Proof, proof_of
from proxbox_plan.plan.relations.owned import change_of, contents, describe
from proxbox_plan.plan.relations.owners import owner_of
from proxbox_plan.plan.relations.prerequisites import prerequisites
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_LONGEST_NAME = 64
_SHORT = 8  # characters of a fingerprint that tell two guests of one vmid apart


@dataclass
class Candidates:
    """What becomes of the managed objects that nothing desires."""

    changes: list[Change] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)  # by kind


def candidates(matched: Matched) -> Candidates:
    """Judge every object with one of our keys, in the clusters of the state, that no desired object matched.

    A kind that the configuration switched off is out of scope: its objects stay as they are. What it forgets is
    forgotten, whatever became of its source.
    """
    estate, found = matched.estate, Candidates()
    used = {(address.kind, row.id) for address, row in matched.rows.items()}
    replaced = {(address.kind, row.id) for address, row in matched.replaced.items()}
    guests = {address.key: row for address, row in matched.replaced.items() if address.kind == GUEST.name}
    places = _Places(matched)
    for kind, row, key in _managed(estate, KINDS.values()):
        if (kind.name, row.id) in used or estate.claims.hold(kind, row):
            continue
        apart = key.sort in GUEST_TYPES and key.is_retired  # set apart before
        guest = None if apart else guests.get(key.owner)
        old = (kind.name, row.id) in replaced
        if is_forgotten(estate.policy, kind.address(key)):
            found.changes.append(_forget(kind, row, replaced=old))
            continue
        place = places.of(kind, row, key)
        candidate = _Candidate(estate, matched.index, estate.by_name[place.cluster], kind, row, key, place)
        if (kept := matched.kept.get(key.owner)) is not None and not apart:
            _keep(candidate, kept, found)
            continue
        protection = protection_of(guest) or protection_of(row)  # of a guest: also of all that hangs off it
        if protection is None and old:
            protection = protection_of(owner_of(matched.index, kind, row))
        if protection is not None and (guest is not None or old):
            found.left_alone.append(candidate.left_alone(protection))
        elif not old:
            _judge(candidate, found, replaced=guest is not None)
        elif place == key or isinstance(proof_of(estate, candidate.seen_in, place, row), Gone):
            found.changes.append(_retire(estate, kind, row, key))
        else:
            _judge(candidate, found, replaced=False)
    _clear_the_way(estate, found)
    listed = {item.address for item in found.left_alone}
    for view in estate.clusters:
        found.left_alone += (item for item in ignored_guests(view) if item.address not in listed)
    return found


class _Places:
    """The keys that objects would have where their guests are now."""

    def __init__(self, matched: Matched) -> None:
        self._moved = {old.owner: new for new, old in matched.moved.items() if new == new.owner}
        self._parts = Parts(matched.index, matched.estate.by_name)
        self._now = {row.id: address.key for address, row in matched.rows.items() if address.kind == GUEST.name}

    def of(self, kind: Kind, row: Row, key: Key) -> Key:
        """Return that of an object: by the machine that it is on, else by where the guest in its key is."""
        if key.sort not in GUEST_TYPES:
            return key
        machine = self._parts.machine_of(kind, row)
        if machine is None or machine.key is None:
            now = self._moved.get(key.owner, key.owner)
        elif machine.key.is_retired and not machine.key.is_moving:
            return key
        else:
            now = self._now.get(machine.id, machine.key.settled)
        return Key.of(now, *key.below_owner)


@dataclass(frozen=True, slots=True)
class _Candidate:
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

    def inherited(self) -> Protection | None:
        """Return the protection of its guest in Proxmox, or in NetBox that of the guest or node it hangs off.

        What is remembered of a tag in Proxmox counts while the guest does not say that it has none.
        """
        source = source_protection(self.seen_in, self.place)
        if source is not None:
            return source
        found = protection_of(self.estate.row(self.parent.name, self.key.owner))
        found = found or protection_of(owner_of(self.index, self.kind, self.row))
        guest = guest_of(self.seen_in, self.place)
        is_off = guest is not None and guest.coverage.row.complete
        return None if found is not None and found.side == "proxmox" and is_off else found

    def left_alone(self, protection: Protection) -> LeftAlone:
        name = describe(self.kind, self.row)
        return LeftAlone(address=self.kind.address(self.key), name=name, tag=protection.tag, side=protection.side)

    @property
    def policy(self) -> OnMissing:
        return self.estate.policy.on_missing.get(self.kind.name, self.kind.on_missing)


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
    gone = {(change.kind, change.target_id) for change in found.changes if isinstance(change, Delete)}
    done = {(change.kind, change.target_id) for change in found.changes if isinstance(change, Delete | Forget)}
    blocking = [kind for kind in KINDS.values() if kind.blocks_parent] if gone else []
    for kind, row, key in _managed(estate, blocking):
        parent = row.fields.get(kind.parent)
        hangs_off = (str(parent["kind"]), ref_id(parent)) if isinstance(parent, dict) else None
        if hangs_off in gone and (kind.name, row.id) not in done:
            found.deferred = [item for item in found.deferred if (item.kind, item.address.key) != (kind.name, key)]
            found.changes.append(_delete(kind, row, Reason.PARENT_GONE))


def _keep(candidate: _Candidate, why: Unknown | OutOfScope, found: Candidates) -> None:
    """Leave alone what belongs to a machine whose vmid is another guest's, and whose own guest may still be there."""
    if isinstance(why, Unknown) and candidate.kind is not GUEST:  # which the guest that waits for it stands for
        found.deferred.append(_defer(candidate, why))
    else:
        found.kept[candidate.kind.name] += 1


def _judge(candidate: _Candidate, found: Candidates, *, replaced: bool) -> None:
    """Judge one object; the parts of a guest that was replaced are gone with it, whatever the new one shows."""
    kind, row, policy = candidate.kind, candidate.row, candidate.policy
    proof: Proof = Gone(with_parent=True)
    if not replaced:
        proof = proof_of(candidate.estate, candidate.seen_in, candidate.place, row)
    protection = protection_of(row)
    if protection is None and not replaced:
        protection = candidate.inherited()
    stays = isinstance(proof, OutOfScope) or policy is OnMissing.KEEP
    if protection is not None and (protection.tag == IGNORE_TAG or not stays):
        found.left_alone.append(candidate.left_alone(protection))
    elif isinstance(proof, OutOfScope) or policy is OnMissing.KEEP:
        found.kept[kind.name] += 1
    elif isinstance(proof, Unknown):
        found.deferred.append(_defer(candidate, proof))
    elif proof.with_parent and _parent_kept(candidate):
        found.kept[kind.name] += 1
    else:
        change = _remove(candidate, Reason.PARENT_GONE if proof.with_parent else Reason.GONE)
        if change is None or not _can_land(candidate.estate, change):
            found.kept[kind.name] += 1
        else:
            found.changes.append(change)


def _can_land(estate: Estate, change: Change) -> bool:
    """Whether the prerequisites of a change exist; NetBox would reject the change in every plan otherwise."""
    return all(estate.row(address.kind, address.key) is not None for address in prerequisites(change))


def _parent_kept(candidate: _Candidate) -> bool:
    """Whether the configuration keeps the vanished parent: then it is kept with all that hangs off it.

    Of a guest that is there only a NIC vanished, and the address with it.
    """
    estate, parent, over = candidate.estate, candidate.parent, candidate.key.owner
    now = candidate.place.owner
    if (now.sort, now.last) in candidate.seen_in.known:
        parent, over = VM_INTERFACE, over.child(candidate.key.below_owner[0])
    kept = estate.policy.on_missing.get(parent.name, parent.on_missing) is OnMissing.KEEP
    return kept and estate.row(parent.name, over) is not None


def _defer(candidate: _Candidate, proof: Unknown) -> Deferred:
    kind, row = candidate.kind, candidate.row
    return Deferred(
        address=kind.address(candidate.key),
        kind=kind.name,
        name=describe(kind, row),
        action=Action.DELETE if candidate.policy is OnMissing.DELETE else Action.UPDATE,
        reason=proof.reason,
        detail=proof.detail,
    )


def _remove(candidate: _Candidate, reason: Reason) -> Change | None:
    kind, row = candidate.kind, candidate.row
    if candidate.policy is OnMissing.DELETE:
        return _delete(kind, row, reason)
    status = row.fields.get("status")
    if status == kind.retired:
        return None
    wanted = FieldChange(field="status", before=status, after=kind.retired, cause=Cause.PROXMOX)
    return Update(**change_of(kind, row, reason), key=row.key, fields=(wanted,), last_applied=_after(row, wanted))


def _delete(kind: Kind, row: Row, reason: Reason) -> Delete:
    return Delete(**change_of(kind, row, reason), key=row.key, fields=contents(row))


def _retire(estate: Estate, kind: Kind, row: Row, key: Key) -> Change:
    """Let the old guest's object make room: decommissioned under another key and name, its children deleted.

    Where machines are deleted that are gone, it is, too, if nothing that stays refers to it.
    """
    address = kind.address(key).replaced
    deleted = estate.policy.on_missing.get(kind.name, kind.on_missing) is OnMissing.DELETE
    if kind is not GUEST or (deleted and not _is_referred(estate, key, row)):
        return _delete(kind, row, Reason.REPLACED).replace(address=address)
    short = str(next(iter(row.fingerprint.values()), row.id))[:_SHORT]
    if estate.row(kind.name, key.retired(short)) is not None:  # set apart before, and not free to be revived
        short = str(row.id)
    name = str(row.fields.get("name", ""))
    shown = _former(name, short)
    if any(other.name.casefold() == shown.casefold() for other in estate.inventory.kinds.get(kind.name, ())):
        shown = _former(name, str(row.id))
    fields = (
        FieldChange(field="name", before=name, after=shown, cause=Cause.PROXMOX),
        FieldChange(field="status", before=row.fields.get("status"), after=kind.retired, cause=Cause.PROXMOX),
    )
    common = change_of(kind, row, Reason.REPLACED) | {"address": address}
    return Update(**common, key=key.retired(short), fields=fields, last_applied=_after(row, *fields))


def _former(name: str, short: str) -> str:
    suffix = f" (was {short})"
    return clean(name, _LONGEST_NAME - len(suffix)) + suffix


def _is_referred(estate: Estate, key: Key, row: Row) -> bool:
    """Whether an object of ours that does not belong to the guest refers to its machine, as tasks do."""
    for kind in KINDS.values():
        names = [field.name for field in kind.fields if GUEST.name in field.to]
        for other in estate.inventory.kinds.get(kind.name, ()) if names else ():
            own = other.key is None or other.key.owner == key.owner
            if not own and any(ref_id(other.fields.get(name)) == row.id for name in names):
                return True
    return False


def _forget(kind: Kind, row: Row, *, replaced: bool) -> Forget:
    common = change_of(kind, row, Reason.FORGOTTEN)
    return Forget(**common | {"address": common["address"].replaced} if replaced else common)


def _after(row: Row, *fields: FieldChange) -> LastApplied:
    return (row.last_applied or LastApplied()).with_fields({change.field: change.after for change in fields})
