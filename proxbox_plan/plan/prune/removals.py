"""Removals: the changes of objects that nothing desires any more: delete, decommission, forget."""

from __future__ import annotations

from proxbox_plan.mapping.estate.stages import has_begun
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Cause, Delete, FieldChange, Forget, Preserved, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.plan.diff.ownership import MISSING, Verdict, judge
from proxbox_plan.plan.relations.owned import change_of, contents

_STATUS = "status"


def deleted(kind: Kind, row: Row, reason: Reason) -> Delete:
    """Return the delete of an object."""
    return Delete(**change_of(kind, row, reason), key=row.key, fields=contents(row))


def decommissioned(kind: Kind, row: Row, reason: Reason, *, in_stages: bool) -> Update | None:
    """Return the change after which an object is decommissioned; null when it is.

    One that a person gave the status is still to get our stamp, if it is to be deleted later.
    """
    if row.fields.get(_STATUS) == kind.retired and not (in_stages and not has_begun(kind, row)):
        return None
    fields = retired_status(row, kind.retired)
    last = applied(row).with_fields({_STATUS: kind.retired})
    return Update(**change_of(kind, row, reason), key=row.key, fields=fields, last_applied=last, decommissions=True)


def with_parent(policy: Policy, kind: Kind, row: Row) -> Update | Preserved | None:
    """Return how an object says that its parent is decommissioned; null when it does, or has no way to.

    A status that a person chose is preserved where NetBox is authoritative for it.
    """
    wanted, actual = kind.retired_with_parent, row.fields.get(_STATUS)
    if not wanted or actual == wanted:
        return None
    owner = policy.owners.get(kind.name, {}).get(_STATUS, kind.field(_STATUS).owner)
    verdict, cause = judge(owner, wanted, actual, applied(row).fields.get(_STATUS, MISSING))
    common = change_of(kind, row, Reason.PARENT_GONE)
    if verdict is Verdict.LEAVE:
        said = {name: common[name] for name in ("address", "name", "netbox_id")}
        return Preserved(**said, field=_STATUS, netbox=actual, proxmox=wanted)
    change = FieldChange(field=_STATUS, before=actual, after=wanted, cause=cause)
    return Update(**common, key=row.key, fields=(change,), last_applied=applied(row).with_fields({_STATUS: wanted}))


def forgotten(kind: Kind, row: Row, *, replaced: bool) -> Forget:
    """Return the change after which an object is no longer managed."""
    common = change_of(kind, row, Reason.FORGOTTEN)
    return Forget(**common | {"address": common["address"].replaced} if replaced else common)


def retired_status(row: Row, wanted: str) -> tuple[FieldChange, ...]:
    """Return the change of a status, if it is one."""
    status = row.fields.get(_STATUS)
    return () if status == wanted else (FieldChange(field=_STATUS, before=status, after=wanted, cause=Cause.PROXMOX),)


def applied(row: Row) -> LastApplied:
    """Return what was last applied to an object; nothing, where that is not known."""
    return row.last_applied or LastApplied()
