"""Undo: builds the plan that reverts an outcome, to be reviewed like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.claims import Claims, proven
from proxbox_plan.model.inventory import KEY_FIELD, Inventory, Lookup, Row
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import (
    Adopt,
    Binding,
    Cause,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Plan,
    Reason,
    Update,
)
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.diff.ownership import actual_record
from proxbox_plan.plan.order.graph import ordered
from proxbox_plan.plan.prune.candidates import describe
from proxbox_plan.plan.prune.feasible import frees
from proxbox_plan.plan.relations.dependents import ObjectId, dependents_lookups, held_deletes, with_along
from proxbox_plan.plan.relations.holders import holds_others
from proxbox_plan.plan.relations.referred import referred, shared_refs
from proxbox_plan.plan.relations.rows import NaturalKey, Rows, row_key

Done = tuple[Change, int]


def undo_lookups(outcome: Outcome, inventory: Inventory) -> tuple[Lookup, ...]:
    """Return what must be read before the undo can be planned: the objects that are there, and what is on them."""
    wanted = {Lookup(change.kind, "id", str(number)) for change, number in _landed(outcome) if _is_there(change)}
    changes = list(_reverted(outcome, Rows(inventory)))
    wanted |= set(dependents_lookups(changes, inventory))
    wanted |= {Lookup(ref.kind, "id", str(ref.id)) for ref in shared_refs(changes)}
    return tuple(sorted(lookup for lookup in wanted if not inventory.answers(lookup)))


def make_undo(outcome: Outcome, inventory: Inventory, config_digest: str) -> Plan:
    """Return the plan that reverts an apply, as far as its objects were not edited since.

    Objects without our key stay: others may use them by now. What was edited since the apply stays too, as a problem.
    """
    digest = inventory.digest
    inventory, claims = proven(inventory)
    rows = Rows(inventory)
    changes = list(_reverted(outcome, rows))
    problems = [claim.problem() for claim in claims]
    problems += _edited(outcome, rows, claims)
    held = held_deletes(changes, inventory)
    problems += [holds_others(address, holders) for address, holders in held.items()]
    stays = set(held) | {problem.address for problem in problems}
    changes = [
        part
        for change in changes
        if change.address not in stays and not claims.has(change.kind, change.target_id)
        for part in _in_two(change)
    ]
    done = ordered(with_along(changes, inventory), _waits(changes, rows), inventory)
    placed = {change.address for change in done}
    problems += [_cycle(change) for change in changes if change.address not in placed]
    binding = Binding(
        state_digest=outcome.digest,
        config_digest=config_digest,
        inventory_digest=digest,
        netbox_url=inventory.url,
        netbox_version=inventory.netbox_version,
        changelog=inventory.changelog,
        branch=inventory.view.branch if inventory.view else None,
    )
    clusters = sorted({change.cluster for change in done if change.cluster})
    return Plan.make(
        binding=binding,
        clusters=tuple(clusters),
        changes=tuple(done),
        problems=tuple(problems),
        referred=referred(done, rows),
        complete=not problems,
        applicable=True,
    )


def _landed(outcome: Outcome) -> Iterator[Done]:
    """Return the changes that landed and can be reverted, with the NetBox id of their object.

    A field that an object only released in between is left to the second pass, which knows its beginning and end.
    """
    done = [
        (change, result.netbox_id)
        for change, result in zip(outcome.changes, outcome.results, strict=True)
        if result.result is Result.DONE and result.netbox_id is not None and not _is_shared(change)
    ]
    second = {change.address: {field.field for field in change.fields} for change, _ in done}
    for change, number in done:
        twice = second.get(change.address.second_pass, set())
        fields = tuple(field for field in change.fields if field.field not in twice)
        if fields or not change.fields:
            yield change.replace(fields=fields), number


def _is_shared(change: Change) -> bool:
    """Whether a change is of an object that carries no key of ours, before or after."""
    return change.key is None and not isinstance(change, Forget)


def _waits(changes: Iterable[Change], rows: Rows) -> dict[Address, list[Address]]:
    """Return what waits for a name or an address to be free: NetBox has each of them once."""
    turns = [(change, rows.by_id(change.kind, change.target_id or 0)) for change in changes]
    held = {key: change.address for change, row in turns if row and frees(change) for key in _natural(change, row)}
    keys = {(change.kind, row.key): change.address for change, row in turns if row and _gives_up_key(change, row)}
    waits: dict[Address, list[Address]] = {}
    for change, row in turns:
        if isinstance(change, Create | Update | Move):
            fields = {**(row.fields if row else {}), **{field.field: field.after for field in change.fields}}
            taken = _natural(change, Row(id=0, name=change.name, fields=fields))
            waits[change.address] = [held[key] for key in taken if held.get(key, change.address) != change.address]
            holder = keys.get((change.kind, change.key))
            waits[change.address] += [holder] if holder is not None and holder != change.address else []
    return waits


def _gives_up_key(change: Change, row: Row) -> bool:
    """Whether a change frees the key that an object carries: NetBox has each of them once."""
    return row.key is not None and (isinstance(change, Delete | Forget) or change.key != row.key)


def _natural(change: Change, row: Row) -> list[tuple[str, Natural, NaturalKey]]:
    kind = KINDS[change.kind]
    return [(kind.name, natural, row_key(kind, natural, row)) for natural in kind.natural if natural.unique]


def _is_there(change: Change) -> bool:
    return not isinstance(change, Delete)


def _reverted(outcome: Outcome, rows: Rows) -> Iterator[Change]:
    landed = list(_landed(outcome))
    reborn = {(change.kind, number): change.address for change, number in landed if isinstance(change, Delete)}
    born = {change.address for change, _ in landed if isinstance(change, Create)}
    for change, number in landed:
        if change.address.is_second_pass and change.address.first_pass in born:
            continue  # goes with the object
        if isinstance(change, Delete):
            yield _recreate(change, reborn)
        elif (row := rows.by_id(change.kind, number)) is not None:
            yield _revert(change, row, reborn)


def _recreate(change: Delete, reborn: Mapping[ObjectId, Address]) -> Create:
    ownership = change.ownership_before
    second = {field.name for field in KINDS[change.kind].fields if field.second_pass}
    fields = (
        FieldChange(field=field.field, after=_pointed(field.before, reborn))
        for field in change.fields
        if field.field not in second
    )
    return Create(
        address=change.address,
        kind=change.kind,
        reason=Reason.UNDO,
        name=change.name,
        cluster=change.cluster,
        key=ownership.key if ownership else None,
        fields=tuple(fields),
        last_applied=(ownership.last_applied if ownership else None) or LastApplied(),
    )


def _in_two(change: Change) -> Iterator[Change]:
    """Yield a change, with what refers to parts of the object in a second step: these may have to come back before."""
    later = {field.name for field in KINDS[change.kind].fields if field.second_pass}
    links = tuple(item for item in change.fields if item.field in later and item.after is not None)
    if not isinstance(change, Update) or change.address.is_second_pass or not links or change.last_applied is None:
        yield change
        return
    rest = tuple(item for item in change.fields if item not in links)
    if rest:
        released = {item.field: None for item in links}
        yield change.replace(fields=rest, last_applied=change.last_applied.with_fields(released))
    yield change.replace(address=change.address.second_pass, fields=links)


def _revert(change: Create | Update | Adopt | Move | Forget, row: Row, reborn: Mapping[ObjectId, Address]) -> Change:
    """Delete what was created; give back the values, and the ownership metadata, of what was changed."""
    common: dict[str, Any] = {
        "address": change.address,
        "kind": change.kind,
        "reason": Reason.UNDO,
        "name": change.name if KINDS[change.kind].plugin else describe(KINDS[change.kind], row),
        "cluster": change.cluster,
        "netbox_id": row.id,
        "last_updated": row.last_updated,
        "ownership_before": row.ownership,
    }
    back = tuple(
        FieldChange(
            field=field.field,
            before=row_value(row, field.field),
            after=_pointed(field.before, reborn),
            cause=Cause.NETBOX,
        )
        for field in change.fields
    )
    match change:
        case Create():
            contents = tuple(FieldChange(field=item.field, before=item.before) for item in back)
            return Delete(**common, key=change.key, fields=contents)
        case Adopt():
            return Forget(**common, fields=back)
        case Update() | Move() | Forget():
            ownership = change.ownership_before
            if ownership is None:
                return Forget(**common, fields=back)
            form = Move if isinstance(change, Move) else Update
            applied = ownership.last_applied or LastApplied()
            return form(**common, key=ownership.key, fields=back, last_applied=applied)
        case _:
            assert_never(change)


def row_value(row: Row, name: str) -> Any:
    """Return a field of a row as a change shows it."""
    return list(row.tags) if name == "tags" else row.fields.get(name)


def _pointed(value: Any, reborn: Mapping[ObjectId, Address]) -> Any:
    """Point references to deleted objects at the ones that are made again in their place."""
    if isinstance(value, list):
        return [_pointed(item, reborn) for item in value]
    if isinstance(value, dict) and (value.get("kind"), value.get("id")) in reborn:
        address = reborn[value["kind"], value["id"]]
        return {"kind": value["kind"], "name": value["name"], "address": str(address)}
    return value


def _edited(outcome: Outcome, rows: Rows, claims: Claims) -> Iterator[Problem]:
    """Yield a problem for each object that another user edited since the apply: it is not reverted."""
    for change, number in _landed(outcome):
        row = rows.by_id(change.kind, number)
        if isinstance(change, Delete) or row is None or claims.has(change.kind, number):
            continue
        names = [field.field for field in _differing(KINDS[change.kind], change.fields, row)]
        names += [KEY_FIELD] if row.key != change.key else []
        if names:
            yield Problem(
                code=ProblemCode.EDITED_SINCE,
                address=change.address,
                message=f"{change.kind} {change.name!r} was edited since ({', '.join(names)}) and is not reverted",
                hint="Correct the object in NetBox, or plan against Proxmox again.",
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


def _cycle(change: Change) -> Problem:
    return Problem(
        code=ProblemCode.BLOCKED,
        address=change.address.first_pass,
        message=f"{change.kind} {change.name!r} is not reverted: its change is in a dependency cycle",
        hint="Rename one of the objects in NetBox to break the cycle, then undo again.",
    )
