"""Reverted: the change that takes back each change which landed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import (
    Adopt,
    Cause,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Reason,
    Update,
)
from proxbox_plan.plan.diff.ownership import MISSING
from proxbox_plan.plan.relations.dependents import ObjectId
from proxbox_plan.plan.relations.owned import change_of, contents
from proxbox_plan.plan.relations.references import references
from proxbox_plan.plan.relations.rows import Rows
from proxbox_plan.plan.undo.along import made_along
from proxbox_plan.plan.undo.emptied import with_emptied

Done = tuple[Change, int]


def landed(outcome: Outcome) -> Iterator[Done]:
    """Return the changes that landed and can be reverted, with the NetBox id of their object.

    A field that an object only released in between is left to the second pass, which knows its beginning and end; so
    is a key that it only had meanwhile.
    """
    done = [
        (change, result.netbox_id)
        for change, result in zip(outcome.changes, outcome.results, strict=True)
        if result.result is Result.DONE and result.netbox_id is not None and not _is_shared(change)
    ]
    steps = {change.address: change for change, _ in done}
    for change, number in done:
        if change.address.is_second_pass and not change.fields:
            continue
        later = steps.get(change.address.second_pass)
        twice = {field.field for field in later.fields} if later is not None else set()
        fields = tuple(field for field in change.fields if field.field not in twice)
        moves = later is not None and change.key is not None and change.key.is_moving
        if moves or fields or not change.fields:
            key = {"key": later.key} if later is not None and moves else {}
            yield change.replace(fields=fields, **key), number


def _is_shared(change: Change) -> bool:
    """Whether a change is of an object that carries no key of ours, before or after."""
    return change.key is None and not isinstance(change, Forget)


def reverted(outcome: Outcome, rows: Rows) -> Iterator[Change]:
    """Yield what takes the changes of an outcome back, in no order yet; an object that is gone needs nothing."""
    done = list(landed(outcome))
    reborn = {(change.kind, number): change.address for change, number in done if isinstance(change, Delete)}
    born = {change.address for change, _ in done if isinstance(change, Create)}
    reassigned = {(change.kind, number) for change, number in done if _is_reassigned(change)}
    along = list(made_along(done))
    reborn |= {(change.kind, number): change.address for change, number in along}
    changes = (*_each(done, rows, reborn, born, reassigned), *(change for change, _ in along))
    yield from with_emptied(changes, rows, reborn)


def _each(
    done: Sequence[Done],
    rows: Rows,
    reborn: Mapping[ObjectId, Address],
    born: Collection[Address],
    reassigned: Collection[ObjectId],
) -> Iterator[Change]:
    for change, number in done:
        row = rows.by_id(change.kind, number)
        if isinstance(change, Delete):
            yield from _recreate(change, reborn, reassigned)
        elif row is not None and change.address.is_second_pass and change.address.first_pass in born:
            yield from _release(change, row, reassigned)
        elif row is not None:
            yield _revert(change, row, reborn)


def _is_reassigned(change: Change) -> bool:
    """Whether an object that was there before has got another parent."""
    parent = KINDS[change.kind].parent
    return not isinstance(change, Create | Delete) and any(item.field == parent for item in change.fields)


def _release(change: Change, row: Row, reassigned: Collection[ObjectId]) -> Iterator[Update]:
    """Let a new object give up what goes back to an earlier parent; what else it refers to goes with it.

    NetBox moves no address while it is the primary one.
    """
    values = {item.field: row.fields.get(item.field) for item in change.fields}
    held = {name: value for name, value in values.items() if _comes_back(value, reassigned)}
    if held:
        yield Update(
            **_common(change, row),
            key=row.key,
            fields=tuple(FieldChange(field=name, before=value, cause=Cause.NETBOX) for name, value in held.items()),
            last_applied=(row.last_applied or LastApplied()).with_fields(dict.fromkeys(held)),
        )


def _recreate(
    change: Delete, reborn: Mapping[ObjectId, Address], reassigned: Collection[ObjectId]
) -> Iterator[Create | Update]:
    """Make an object again, and in a second step let it refer to its parts, which come back after it."""
    second = {field.name for field in KINDS[change.kind].fields if field.second_pass}
    back = tuple(FieldChange(field=item.field, after=_pointed(item.before, reborn)) for item in change.fields)
    links = tuple(
        item for item in change.fields if item.field in second and _comes_back(item.before, {*reborn, *reassigned})
    )
    ownership = change.ownership_before
    applied = _pointed_record((ownership.last_applied if ownership else None) or LastApplied(), change.fields, reborn)
    released = {name: None for name in second if name in applied.fields}
    common: dict[str, Any] = {
        "kind": change.kind,
        "reason": Reason.UNDO,
        "name": change.name,
        "cluster": change.cluster,
        "key": ownership.key if ownership else None,
    }
    yield Create(
        **common,
        address=change.address,
        fields=tuple(item for item in back if item.field not in second),
        last_applied=applied.with_fields(released),
    )
    if links:
        names = {item.field for item in links}
        kept = {name: None for name in released if name not in names}
        yield Update(
            **common,
            address=change.address.second_pass,
            netbox_id=None,
            fields=tuple(item for item in back if item.field in names),
            last_applied=applied.with_fields(kept),
        )


def _comes_back(value: Any, ids: Collection[ObjectId]) -> bool:
    """Whether what a value refers to is made again, or gets its earlier parent again."""
    return any((ref["kind"], ref.get("id")) in ids for ref in references(value))


def _revert(change: Create | Update | Adopt | Move | Forget, row: Row, reborn: Mapping[ObjectId, Address]) -> Change:
    """Delete what was created; give back the values, and the ownership metadata, of what was changed."""
    common = _common(change, row)
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
            lost = {item.field: item for item in contents(row)}
            empty = (FieldChange(field=item.field, before=item.before) for item in back if item.field not in lost)
            return Delete(**common, key=change.key, fields=(*empty, *lost.values()))
        case Adopt():
            return Forget(**common, fields=back)
        case Forget() if change.ownership_before is not None:
            del common["ownership_before"]
            owned = change.ownership_before
            applied = _pointed_record(owned.last_applied or LastApplied(), change.fields, reborn)
            return Adopt(**common, key=owned.key, fields=back, last_applied=applied)
        case Update() | Move() | Forget():
            ownership = change.ownership_before
            if ownership is None:
                return Forget(**common, fields=back)
            form = Move if isinstance(change, Move) else Update
            applied = _pointed_record(ownership.last_applied or LastApplied(), change.fields, reborn)
            return form(**common, key=ownership.key, fields=back, last_applied=applied)
        case _:
            assert_never(change)


def _common(change: Change, row: Row) -> dict[str, Any]:
    """What all changes of an object that is there share."""
    kind = KINDS[change.kind]
    own = {"address": change.address, "cluster": change.cluster} | ({"name": change.name} if kind.plugin else {})
    return change_of(kind, row, Reason.UNDO) | own


def in_two(change: Change) -> Iterator[Change]:
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


def _pointed_record(
    applied: LastApplied, fields: Iterable[FieldChange], reborn: Mapping[ObjectId, Address]
) -> LastApplied:
    """Point what was last applied at the objects that are made again, too: it holds the ids of the old ones."""
    more: dict[str, Any] = {}
    for item in fields:
        after = _pointed(item.before, reborn)
        if after != item.before and applied.fields.get(item.field, MISSING) == _record(item.before):
            more[item.field] = _record(after)
    return applied.with_fields(more)


def _record(value: Any) -> Any:
    """Return what is remembered of a reference, or of several: the id, where there is one."""
    if isinstance(value, list):
        return sorted((_record(item) for item in value), key=str)
    return value.get("id", value) if isinstance(value, dict) else value
