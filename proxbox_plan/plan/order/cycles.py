"""Cycles: changes that wait for each other are cut in two, where one of them can be made in two steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from proxbox_plan.model.plan import LINKS, Action, Change, FieldChange, Reason
from proxbox_plan.plan.order.break_cycles import released, renamed
from proxbox_plan.plan.order.steps import needs, remembered, targets

Changes = Mapping[str, Change]


def cut(changes: Changes, placed: Collection[str]) -> tuple[Change, ...]:
    """Return new versions of some changes, one cycle less among them; none when there is nothing to cut.

    `placed` are the addresses of those that wait for no cycle.
    """
    stuck = {address: change for address, change in changes.items() if address not in placed}
    return renamed(stuck, changes) or released(stuck, changes) or _later(stuck)


def _later(stuck: Changes) -> tuple[Change, ...]:
    """Take a reference to another stuck object out of what is created, and patch it in afterwards."""
    for address in sorted(stuck):
        change = stuck[address]
        fields = [field for field in change.fields if _refers_to(field, stuck)]
        if change.action is Action.CREATE and fields and not address.endswith(LINKS):
            return _split(change, fields)
    return ()


def _refers_to(field: FieldChange, stuck: Changes) -> bool:
    return not targets([field]).isdisjoint(stuck) and field.field != "tags"


def _split(change: Change, fields: list[FieldChange]) -> tuple[Change, Change]:
    first = change.model_copy(
        update={
            "fields": tuple(field for field in change.fields if field not in fields),
            "applied": remembered(change, drop={field.field for field in fields}, more={}),
            "depends_on": needs(change, but=targets(fields)),
        }
    )
    second = change.model_copy(
        update={
            "address": change.address + LINKS,
            "action": Action.UPDATE,
            "reason": Reason.CYCLE,
            "fields": tuple(fields),
            "depends_on": tuple(sorted({change.address, *targets(fields)})),
        }
    )
    return first, second
