"""Permitted: what proxbox-plan ever does to an object, whatever a plan says: a digest is no signature."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.duration import Duration
from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.ipam_mark import DESCRIPTION, ipam_mark
from proxbox_plan.model.kind import APPLIED_FIELD, CUSTOM, KEY_FIELD, FieldType, Kind, OnMissing
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, FieldChange, Forget, Move, Plan, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.relation import Effect

_RETIRED: Final = "~"
_REFS: Final = (FieldType.REF, FieldType.REFS, FieldType.GENERIC)
_OWNERSHIP: Final = frozenset({f"{CUSTOM}{KEY_FIELD}", f"{CUSTOM}{APPLIED_FIELD}"})
_DELETES: Final = frozenset({Reason.GONE, Reason.EXPIRED, Reason.PARENT_GONE, Reason.REPLACED, Reason.UNDO})


def check_permitted(plan: Plan, kinds: Mapping[str, Kind], policy: Policy | None, now: str | None) -> None:
    """Raise RefusedError for a change that no plan of this version and configuration has; it names the first.

    `now` is NetBox's clock: what is deleted in stages must be due by that, whatever the plan says about the time.
    """
    adopted = {
        (change.address.second_pass, change.netbox_id) for change in plan.changes if isinstance(change, Adopt | Move)
    }
    due = {change.address.first_pass: change.key for change in plan.changes if change.address.is_second_pass}
    types = {kind.object_type: kind for kind in kinds.values()}
    undoes = all(change.reason is Reason.UNDO for change in plan.changes)
    for change in plan.changes:
        for wrong in _wrong(change, kinds[change.kind], policy, now, adopted, due.get(change.address)):
            raise _refused(change, wrong)
        if isinstance(change, Delete):
            for wrong in _wrong_along(change, types):
                raise _refused(change, wrong)
        if change.reason is Reason.UNDO and not undoes:
            raise _refused(change, "is an undo in a plan that is none")


def _refused(change: Change, wrong: str) -> RefusedError:
    return RefusedError(
        f"The plan cannot be applied: {change.address} {wrong}",
        hint="No plan of proxbox-plan has such a change, so it was edited. Plan again.",
    )


def _wrong(  # noqa: PLR0913 # what a change is judged by
    change: Change,
    kind: Kind,
    policy: Policy | None,
    now: str | None,
    adopted: Collection[tuple[Address, int | None]],
    due: Key | None,
) -> Iterator[str]:
    if kind.support and not isinstance(change, Create | Update):
        yield f"would {change.action} a shared object, which is created and extended only"
    if kind.defines_ownership and change.address.key not in FIELDS:
        yield "is of a custom field that is not ours"
    if not _is_configured(change, policy):
        yield "is of a cluster that the configuration does not have"
    if isinstance(change, Create | Adopt):
        yield from _wrong_claim(change, kind, policy)
    elif (change.address, change.target_id) not in adopted:  # a second pass of the same object has its key by then
        yield from _wrong_ownership(change, kind, due)
    if isinstance(change, Delete):
        yield from _wrong_delete(change, kind, policy, now)
    for item in change.fields:
        yield from _wrong_field(change, kind, item)


def _wrong_field(change: Change, kind: Kind, item: FieldChange) -> Iterator[str]:
    if item.field in _OWNERSHIP:
        yield f"has the field {item.field!r}, which is written with each change and is none of them"
    if _is_only_read(change, kind, item):
        yield f"would write the field {item.field!r}, which is only read"
    yield from _wrong_references(kind, item)
    if item.field == kind.parent:
        yield from _wrong_parent(change, item)


def _is_only_read(change: Change, kind: Kind, item: FieldChange) -> bool:
    """Whether a field says what NetBox allows: an undo makes an object again with it, and nothing else writes it."""
    if isinstance(change, Delete) or (isinstance(change, Create) and change.reason is Reason.UNDO):
        return False
    return kind.has_field(item.field) and kind.field(item.field).read_only


def _is_configured(change: Change, policy: Policy | None) -> bool:
    """Whether a change is of a cluster of the configuration: what another one manages is not ours to write."""
    if policy is None or change.key is None or change.reason is Reason.UNDO:
        return True
    return change.key.cluster in {cluster.name for cluster in policy.clusters}


def _wrong_claim(change: Create | Adopt, kind: Kind, policy: Policy | None) -> Iterator[str]:
    """What becomes ours gets the key of its address, under which it was reviewed."""
    if change.key is not None and change.key != change.address.key:
        yield f"would get another key: {change.key}"
    if isinstance(change, Create) and change.key is None and not kind.creatable:
        yield f"would create a {kind.name}, which is looked up only"
    elif isinstance(change, Create) and kind.created_with and policy is not None and not policy.create_sites:
        yield f"would create a {kind.name}, which the configuration has only with `{kind.created_with}`"


def _wrong_ownership(change: Update | Move | Delete | Forget, kind: Kind, due: Key | None) -> Iterator[str]:
    """Without our key an object is another user's, or shared: what it lacks may be added.

    On its way to a key that is not free yet, an object carries one of its own, and a second step gives it what is due.
    """
    owned = change.ownership_before
    if owned is None:
        if not isinstance(change, Update):
            yield f"would {change.action} an object without our key"
        elif change.netbox_id is not None and not all(_extends(kind, item) for item in change.fields):
            yield "would overwrite an object without our key, which may be extended only"
        return
    moves = change.key is not None and change.key.is_moving and change.key != owned.key
    if moves and (due is None or change.key != due.moving):
        yield f"would give an object another key: {owned.key} -> {change.key}"
    keys = {owned.key, owned.key.settled, due if moves else change.key}
    if change.address.key not in keys:
        yield f"is of an object with another key: {owned.key}"
    other = isinstance(change, Update) and change.key != owned.key and not moves and change.reason is not Reason.UNDO
    if other and not (change.address.is_replaced and _is_apart(owned.key, change.key)):
        yield f"would give an object another key: {owned.key} -> {change.key}"


def _is_apart(before: Key, after: Key | None) -> bool:
    """Whether an object keeps its place on a machine, or is one, that makes room for another guest."""
    below = f"{before.machine}{_RETIRED}"
    return after is not None and after.machine.startswith(below) and after.below_owner == before.below_owner


def _extends(kind: Kind, item: FieldChange) -> bool:
    if item.field == "tags" or not kind.field(item.field).extend:
        return False
    return set(item.before or ()) <= set(item.after or ())


def _wrong_delete(change: Delete, kind: Kind, policy: Policy | None, now: str | None) -> Iterator[str]:
    removal = policy.removal(kind) if policy is not None else None
    configured = removal is None or removal.first is OnMissing.DELETE
    if _is_of_an_ipam(change):
        yield "would be deleted, and an IPAM of Proxmox made it, which deletes its own"
    if change.reason not in _DELETES:
        yield f"is deleted for a reason that deletes nothing: {change.reason}"
    elif change.reason is Reason.UNDO:
        return
    elif change.reason is Reason.EXPIRED:
        if removal is not None and not _is_due(change, removal.period, now):
            yield "would be deleted, and was not decommissioned for as long as `on_missing` says"
    elif change.reason is Reason.REPLACED and (
        kind.documents != "guest" or (removal is not None and _is_due(change, removal.period, now))
    ):
        return  # a part of the guest whose vmid is another's, or its machine in its time
    elif not (configured or kind.blocks_parent):
        yield f"would be deleted, and `on_missing` of {kind.name} is not `{OnMissing.DELETE}`"


def _is_of_an_ipam(change: Delete) -> bool:
    """Whether what is deleted is an address that an IPAM of Proxmox made."""
    applied = change.ownership_before.last_applied if change.ownership_before is not None else None
    marks = (ipam_mark(item.before, applied) for item in change.fields if item.field == DESCRIPTION)
    return change.kind == "ip-address" and any(marks)


def _is_due(change: Delete, period: Duration | None, now: str | None) -> bool:
    """Whether an object was decommissioned by us, so long ago that it is deleted."""
    owned = change.ownership_before
    since = owned.last_applied.decommissioned if owned is not None and owned.last_applied is not None else None
    if since is None or period is None or now is None:
        return False
    return seconds_between(since, now) >= period.seconds


def _wrong_along(change: Delete, types: Mapping[str, Kind]) -> Iterator[str]:
    """Nothing goes along with an object but what has no life of its own, whatever a plan says."""
    for item in change.along:
        kind = types.get(item.model)
        if item.effect is Effect.EMPTIED:
            may_go = kind is not None and kind.has_field(item.field) and item.key is not None
        else:
            may_go = item.effect is Effect.DELETED and kind is not None and (kind.implicit or kind.record)
        if not may_go:
            yield f"would take along {item.title}, which keeps it from being deleted"


def _wrong_parent(change: Change, item: FieldChange) -> Iterator[str]:
    """A part is on what its key says: by that key it is asked whether its guest or node is held, or observed.

    An undo knows what it goes back to by its id alone.
    """
    key = change.key.settled if change.key is not None and change.reason is not Reason.UNDO else None
    if isinstance(change, Delete | Forget) or key is None or not (key.is_of_machine and key.below_owner):
        return
    for ref in refs_of(item.after):
        if ref.key is None or (ref.key.is_of_machine and ref.key.settled.owner != key.owner):
            yield f"would be put on {ref.kind} {ref.name!r}, which it does not belong to"


def _wrong_references(kind: Kind, item: FieldChange) -> Iterator[str]:
    spec = None if item.field == "tags" else kind.field(item.field)
    if spec is None or spec.type not in _REFS or item.after is None:
        return
    given: list[Any] = item.after if isinstance(item.after, list) else [item.after]
    found = list(refs_of(item.after))
    if len(found) < len(given):
        yield f"has no reference in {item.field!r}"
    for ref in found:
        if ref.kind not in spec.to:
            yield f"refers in {item.field!r} to an object of the kind {ref.kind!r}"
