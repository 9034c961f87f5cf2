"""Undo: an outcome turned round: the plan that takes back what an apply did, to be reviewed like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import LINKS, Action, Binding, Cause, Change, FieldChange, Plan, Reason
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.diff.ownership import actual_record, marks_of
from proxbox_plan.plan.match.rows import NaturalKey, Rows, row_key
from proxbox_plan.plan.order.blocking import frees
from proxbox_plan.plan.order.cascade_delete import swept_along, unsafe_deletes
from proxbox_plan.plan.order.order import order

Done = tuple[Change, int]


def undo_lookups(outcome: Outcome, inventory: Inventory) -> tuple[Lookup, ...]:
    """Return what must be read before the undo can be planned: the objects that are there, and what is on them."""
    wanted = {Lookup(change.kind, "id", str(number)) for change, number in _landed(outcome) if _is_there(change)}
    wanted |= set(swept_along(_turned(outcome, Rows(inventory))))
    return tuple(sorted(lookup for lookup in wanted if not inventory.answers(lookup)))


def make_undo(outcome: Outcome, inventory: Inventory, config_digest: str) -> Plan:
    """Return the plan that takes an apply back, as far as nobody has changed things since.

    Support objects stay: others may use them by now. What was edited since the apply stays too, as a problem.
    """
    rows = Rows(inventory)
    changes = list(_turned(outcome, rows))
    problems = list(_edited(outcome, rows))
    unsafe = unsafe_deletes(changes, inventory)
    problems += [_holds(address, kind, row) for address, (kind, row) in unsafe.items()]
    left_out = set(unsafe) | {problem.address for problem in problems}
    changes = [change for change in changes if change.address not in left_out]
    ordered = order(changes, _waits(changes, rows), inventory)
    placed = {change.address for change in ordered}
    problems += [_circle(change) for change in changes if change.address not in placed]
    binding = Binding(
        state_digest=outcome.digest,
        config_digest=config_digest,
        inventory_digest=inventory.digest,
        netbox_url=inventory.url,
        netbox_version=inventory.netbox_version,
        branch=inventory.view.branch if inventory.view else None,
    )
    clusters = sorted({change.cluster for change in ordered if change.cluster})
    return Plan.make(
        binding=binding,
        clusters=tuple(clusters),
        changes=tuple(ordered),
        problems=tuple(problems),
        complete=not problems,
        applicable=True,
    )


def _landed(outcome: Outcome) -> Iterator[Done]:
    """Changes that landed and are ours to take back, with the NetBox id of their object.

    A field that an object only let go of in between is left to the second pass, which knows its beginning and end.
    """
    done = [
        (change, result.netbox_id)
        for change, result in zip(outcome.changes, outcome.results, strict=True)
        if result.result is Result.DONE and result.netbox_id is not None and not KINDS[change.kind].support
    ]
    second = {change.address: {field.field for field in change.fields} for change, _ in done}
    for change, number in done:
        twice = second.get(change.address + LINKS, set())
        fields = tuple(field for field in change.fields if field.field not in twice)
        if fields or not change.fields:
            yield change.model_copy(update={"fields": fields}), number


def _waits(changes: Iterable[Change], rows: Rows) -> dict[str, list[str]]:
    """Who takes a name or an address waits for who gives it up: NetBox has each of them once."""
    turns = [(change, rows.by_id(change.kind, change.netbox_id or 0)) for change in changes]
    held = {key: change.address for change, row in turns if row and frees(change) for key in _natural(change, row)}
    waits: dict[str, list[str]] = {}
    for change, row in turns:
        if change.action in (Action.CREATE, Action.UPDATE):
            fields = {**(row.fields if row else {}), **{field.field: field.after for field in change.fields}}
            taken = _natural(change, Row(id=0, name=change.name, fields=fields))
            waits[change.address] = [held[key] for key in taken if held.get(key, change.address) != change.address]
    return waits


def _natural(change: Change, row: Row) -> list[tuple[str, Natural, NaturalKey]]:
    kind = KINDS[change.kind]
    return [(kind.name, natural, row_key(kind, natural, row)) for natural in kind.natural if natural.unique]


def _is_there(change: Change) -> bool:
    return change.action is not Action.DELETE


def _turned(outcome: Outcome, rows: Rows) -> Iterator[Change]:
    landed = list(_landed(outcome))
    reborn = {(change.kind, number): change.address for change, number in landed if change.action is Action.DELETE}
    born = {change.address for change, _ in landed if change.action is Action.CREATE}
    for change, number in landed:
        if change.address.removesuffix(LINKS) in born and change.address.endswith(LINKS):
            continue  # goes with the object
        if change.action is Action.DELETE:
            yield _recreate(change, reborn)
        elif (row := rows.by_id(change.kind, number)) is not None:
            yield _take_back(change, row, reborn)


def _recreate(change: Change, reborn: Mapping[tuple[str, int], str]) -> Change:
    marks = change.marks_before or {}
    second = {field.name for field in KINDS[change.kind].fields if field.second_pass}
    fields = (
        FieldChange(field=field.field, after=_pointed(field.before, reborn))
        for field in change.fields
        if field.field not in second
    )
    return change.model_copy(
        update={
            "action": Action.CREATE,
            "reason": Reason.UNDO,
            "netbox_id": None,
            "last_updated": None,
            "fields": tuple(fields),
            "key": marks.get("key"),
            "applied": marks.get("applied") or {},
            "marks_before": None,
            "depends_on": (),
        }
    )


def _take_back(change: Change, row: Row, reborn: Mapping[tuple[str, int], str]) -> Change:
    """Delete what was created; give back the values, and the marks, of what was changed."""
    base: dict[str, Any] = {
        "reason": Reason.UNDO,
        "netbox_id": row.id,
        "last_updated": row.last_updated,
        "depends_on": (),
        "marks_before": marks_of(row),
    }
    if change.action is Action.CREATE:
        contents = tuple(FieldChange(field=field.field, before=field.after) for field in change.fields)
        return change.model_copy(update=base | {"action": Action.DELETE, "fields": contents, "applied": None})
    back = tuple(
        FieldChange(
            field=field.field,
            before=row_value(row, field.field),
            after=_pointed(field.before, reborn),
            cause=Cause.NETBOX,
        )
        for field in change.fields
    )
    if change.marks_before is None:
        return change.model_copy(update=base | {"action": Action.FORGET, "fields": back, "key": None, "applied": None})
    marks = change.marks_before
    update = {"action": Action.UPDATE, "fields": back, "key": marks["key"], "applied": marks["applied"] or {}}
    return change.model_copy(update=base | update)


def row_value(row: Row, name: str) -> Any:
    """Return a field of a row as a change shows it."""
    return list(row.tags) if name == "tags" else row.fields.get(name)


def _pointed(value: Any, reborn: Mapping[tuple[str, int], str]) -> Any:
    """Point references to deleted objects at the ones that are made again in their place."""
    if isinstance(value, list):
        return [_pointed(item, reborn) for item in value]
    if isinstance(value, dict) and (value.get("kind"), value.get("id")) in reborn:
        address = reborn[value["kind"], value["id"]]
        return {"kind": value["kind"], "name": value["name"], "address": address}
    return value


def _edited(outcome: Outcome, rows: Rows) -> Iterator[Problem]:
    """What somebody changed since the apply: it is not taken back over their heads."""
    for change, number in _landed(outcome):
        row = rows.by_id(change.kind, number)
        if change.action is Action.DELETE or row is None:
            continue
        names = [field.field for field in _differing(KINDS[change.kind], change.fields, row)]
        if names:
            yield Problem(
                code=ProblemCode.EDITED_SINCE,
                address=change.address,
                message=f"{change.kind} {change.name!r} was changed since ({', '.join(names)}): left as it is",
                hint="Correct it by hand, or plan against Proxmox again.",
            )


def _differing(kind: Kind, fields: Iterable[FieldChange], row: Row) -> Iterator[FieldChange]:
    for field in fields:
        actual = row_value(row, field.field)
        if field.field == "tags":
            if sorted(actual) != sorted(field.after or ()):
                yield field
            continue
        spec = kind.field(field.field)
        wanted = field.after
        if _has_unknown_id(wanted):
            continue  # it points to what the apply created; NetBox keeps such a link or drops it with its target
        if actual_record(spec, actual) != actual_record(spec, wanted):
            yield field


def _has_unknown_id(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and "kind" in item and item.get("id") is None for item in items)


def _holds(address: str, kind: str, row: Row) -> Problem:
    return Problem(
        code=ProblemCode.HOLDS_OTHERS,
        address=address,
        message=f"{address} is not deleted: NetBox would delete {kind} {row.name!r} with it",
        hint="Move or delete that object in NetBox, then undo again.",
    )


def _circle(change: Change) -> Problem:
    return Problem(
        code=ProblemCode.BLOCKED,
        address=change.address.removesuffix(LINKS),
        message=f"{change.kind} {change.name!r} is not taken back: it waits for changes that wait for it",
        hint="Rename one of them in NetBox, then undo again.",
    )
