"""Second step: the change that finishes what the first change of an object could not do yet."""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.model.plan import Create, FieldChange, Move, Reason, Update


def second_step(change: Create | Update | Move, fields: Iterable[FieldChange] = ()) -> Update:
    """Return the second change of an object, after which it is all that the first one was to make of it."""
    present = None if isinstance(change, Create) else change
    return Update(
        address=change.address.second_pass,
        kind=change.kind,
        reason=Reason.UNDO if change.reason is Reason.UNDO else Reason.CYCLE,
        name=change.name,
        cluster=change.cluster,
        netbox_id=present.netbox_id if present else None,
        last_updated=change.planned_stamp,
        key=change.key,
        fields=tuple(fields),
        last_applied=change.last_applied,
        ownership_before=present.ownership_before if present else None,
        depends_on=present.depends_on if present else (),
    )
