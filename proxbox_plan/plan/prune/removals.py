"""Removals: the changes of objects that nothing desires any more: delete, decommission, set apart, forget."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import GUEST, KINDS
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.stages import STOPPED, RemovalStage, has_begun
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Change, Delete, FieldChange, Forget, Preserved, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.plan.diff.ownership import MISSING, Verdict, judge
from proxbox_plan.plan.relations.owned import change_of, contents
from proxbox_plan.plan.relations.references import ref_id

_STATUS = "status"
_LONGEST_NAME = 64
_SHORT = 8  # characters of a fingerprint that tell two guests of one vmid apart


def deleted(kind: Kind, row: Row, reason: Reason) -> Delete:
    """Return the delete of an object."""
    return Delete(**change_of(kind, row, reason), key=row.key, fields=contents(row))


def decommissioned(kind: Kind, row: Row, reason: Reason, *, in_stages: bool) -> Update | None:
    """Return the change after which an object is decommissioned; null when it is.

    One that a person gave the status is still to get our stamp, if it is to be deleted later.
    """
    if row.fields.get(_STATUS) == kind.retired and not (in_stages and not has_begun(kind, row)):
        return None
    fields = _status(row, kind.retired)
    last = _applied(row).with_fields({_STATUS: kind.retired})
    return Update(**change_of(kind, row, reason), key=row.key, fields=fields, last_applied=last, decommissions=True)


def with_parent(policy: Policy, kind: Kind, row: Row) -> Update | Preserved | None:
    """Return how an object says that its parent is decommissioned; null when it does, or has no way to.

    A status that a person chose is preserved where NetBox is authoritative for it.
    """
    wanted, actual = kind.retired_with_parent, row.fields.get(_STATUS)
    if not wanted or actual == wanted:
        return None
    owner = policy.owners.get(kind.name, {}).get(_STATUS, kind.field(_STATUS).owner)
    verdict, cause = judge(owner, wanted, actual, _applied(row).fields.get(_STATUS, MISSING))
    common = change_of(kind, row, Reason.PARENT_GONE)
    if verdict is Verdict.LEAVE:
        said = {name: common[name] for name in ("address", "name", "netbox_id")}
        return Preserved(**said, field=_STATUS, netbox=actual, proxmox=wanted)
    change = FieldChange(field=_STATUS, before=actual, after=wanted, cause=cause)
    return Update(**common, key=row.key, fields=(change,), last_applied=_applied(row).with_fields({_STATUS: wanted}))


def set_apart(estate: Estate, kind: Kind, row: Row, key: Key) -> Change:
    """Let the old guest's object make room: decommissioned under another key and name, its children deleted.

    Where machines are deleted that are gone, it is, too, if nothing that stays refers to it. The status that a person
    gave one that was decommissioned before stays, and with it the machine.
    """
    address, stage = kind.address(key).replaced, estate.stage_of(kind, row)
    if kind is not GUEST or (stage is RemovalStage.DELETED and not _is_referred(estate, key, row)):
        return deleted(kind, row, Reason.REPLACED).replace(address=address)
    short = str(next(iter(row.fingerprint.values()), row.id))[:_SHORT]
    if estate.row(kind.name, key.retired(short)) is not None:  # set apart before, and not free to be revived
        short = str(row.id)
    name = str(row.fields.get("name", ""))
    shown = _former(name, short)
    if any(other.name.casefold() == shown.casefold() for other in estate.inventory.kinds.get(kind.name, ())):
        shown = _former(name, str(row.id))
    status = () if stage in STOPPED else _status(row, kind.retired)
    applied = {"name": shown} if stage in STOPPED else {"name": shown, _STATUS: kind.retired}
    return Update(
        **change_of(kind, row, Reason.REPLACED) | {"address": address},
        key=key.retired(short),
        fields=(FieldChange(field="name", before=name, after=shown, cause=Cause.PROXMOX), *status),
        last_applied=_applied(row).with_fields(applied),
        decommissions=stage is RemovalStage.DELETED
        or bool(status)
        or (stage not in STOPPED and not has_begun(kind, row)),
    )


def forgotten(kind: Kind, row: Row, *, replaced: bool) -> Forget:
    """Return the change after which an object is no longer managed."""
    common = change_of(kind, row, Reason.FORGOTTEN)
    return Forget(**common | {"address": common["address"].replaced} if replaced else common)


def _status(row: Row, wanted: str) -> tuple[FieldChange, ...]:
    status = row.fields.get(_STATUS)
    return () if status == wanted else (FieldChange(field=_STATUS, before=status, after=wanted, cause=Cause.PROXMOX),)


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


def _applied(row: Row) -> LastApplied:
    return row.last_applied or LastApplied()
