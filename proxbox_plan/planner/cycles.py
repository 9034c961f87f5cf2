"""Cycles: changes that wait for each other are cut in two, where one of them can be made in two steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from proxbox_plan.model.plan import LINKS, Action, Change, FieldChange, Reason
from proxbox_plan.planner.rows import references

Changes = Mapping[str, Change]


def cut(changes: Changes, placed: Collection[str]) -> tuple[Change, ...]:
    """Return new versions of some changes, one cycle less among them; none when there is nothing to cut.

    `placed` are the addresses of those that wait for no cycle.
    """
    stuck = {address: change for address, change in changes.items() if address not in placed}
    return _in_two_steps(stuck, changes) or _later(stuck)


def _later(stuck: Changes) -> tuple[Change, ...]:
    """Take a reference to another stuck object out of what is created, and patch it in afterwards."""
    for address in sorted(stuck):
        change = stuck[address]
        fields = [field for field in change.fields if _refers_to(field, stuck)]
        if change.action is Action.CREATE and fields and not address.endswith(LINKS):
            return _split(change, fields)
    return ()


def _refers_to(field: FieldChange, stuck: Changes) -> bool:
    return any(ref.get("address") in stuck for ref in references(field.after)) and field.field != "tags"


def _split(change: Change, fields: list[FieldChange]) -> tuple[Change, Change]:
    targets = _targets(fields)
    first = change.model_copy(
        update={
            "fields": tuple(field for field in change.fields if field not in fields),
            "applied": _remembered(change, {field.field for field in fields}, {}),
            "depends_on": tuple(address for address in change.depends_on if address not in targets),
        }
    )
    second = change.model_copy(
        update={
            "address": change.address + LINKS, "action": Action.UPDATE, "reason": Reason.CYCLE,
            "fields": tuple(fields), "depends_on": tuple(sorted({change.address, *targets})),
        }
    )  # fmt: skip
    return first, second


def _in_two_steps(stuck: Changes, changes: Changes) -> tuple[Change, ...]:
    """Let an object go of what is deleted first, and take what comes in its place afterwards.

    Two guests that swap their primary addresses: neither address can be deleted while it is one, nor be had anew while
    it is there.
    """
    deleted = {(change.kind, change.netbox_id) for change in stuck.values() if change.action is Action.DELETE}
    for address in sorted(address for address in stuck if address.endswith(LINKS)):
        change, plain = stuck[address], changes.get(address.removesuffix(LINKS))
        let_go = {field.field for field in plain.fields} if plain else set()
        held = [
            field
            for field in change.fields
            if field.field not in let_go and any(_row(ref) in deleted for ref in references(field.before))
        ]
        if held:
            return _released(change, held, stuck, plain)
    return ()


def _row(ref: Mapping[str, Any]) -> tuple[Any, Any]:
    return ref["kind"], ref.get("id")


def _released(change: Change, held: list[FieldChange], stuck: Changes, plain: Change | None) -> tuple[Change, ...]:
    """Return the change that lets go, which is the object's own (`plain`) where it has one, and all that follow it."""
    address, targets = change.address.removesuffix(LINKS), _targets(change.fields)
    base = plain or change.model_copy(
        update={
            "address": address, "fields": (),
            "depends_on": tuple(need for need in change.depends_on if need not in targets),
        }
    )  # fmt: skip
    lets_go = tuple(replace(field, after=None) for field in held)
    # Should the second step never come, it is still due: what is remembered is that there is nothing.
    applied = _remembered(base, set(), {field.field: None for field in held})
    first = base.model_copy(update={"fields": base.fields + lets_go, "applied": applied})
    second = change.model_copy(update={"depends_on": tuple(sorted({address, *change.depends_on}))})
    rows = {_row(ref) for field in held for ref in references(field.before)}
    freed = (
        other.model_copy(update={"depends_on": tuple(sorted({*other.depends_on, address} - {change.address}))})
        for other in stuck.values()
        if other.action is Action.DELETE and (other.kind, other.netbox_id) in rows
    )
    return first, second, *freed


def _targets(fields: Iterable[FieldChange]) -> set[str]:
    return {str(ref["address"]) for field in fields for ref in references(field.after) if "address" in ref}


def _remembered(change: Change, drop: set[str], more: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is remembered of an object (`applied`) without some of its fields, and with others."""
    if change.applied is None:
        return None
    fields = {name: value for name, value in (change.applied.get("fields") or {}).items() if name not in drop}
    return {**change.applied, "fields": {**fields, **more}}
