"""Dependents: nothing is deleted that costs more than the plan says, or that a tag on its guest keeps since.

NetBox gives an object no new time stamp when something is attached to it, so `If-Match` does not notice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from proxbox_plan.apply.batches.states import Attempt
from proxbox_plan.apply.concurrency.owners import kept_by_owners
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.core.listed import listed
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.relation import Effect

ObjectId = tuple[str, int]  # kind and NetBox id
_Planned = tuple[str, int | None]  # the same of a reference, which may name what has no id yet

_NAMED = 3  # dependents named in a message


async def without_held(context: ApplyContext, attempt: Attempt) -> Attempt | None:
    """Look right before a delete: report as stale what is to be kept since, and return the rest, if any."""
    deletes = [change for change in attempt.changes if isinstance(change, Delete)]
    if not deletes:
        return attempt
    owners = _owners(deletes, context.kinds)
    ids: dict[str, list[int]] = {}
    for kind, number in owners:
        ids.setdefault(kind, []).append(number)
    attached, kept = await asyncio.gather(
        context.dependents.read(ids), kept_by_owners(context.netbox, context.kinds, context.changes, deletes)
    )
    found = [item for item in attached if (item.model, item.id) not in context.deleted]
    held = new_dependents(deletes, ((owners[item.kind, item.on], item) for item in found))
    for change in deletes:
        if why := kept.get(change.address):
            context.results.fail([change], Result.STALE, f"not deleted: it {why}")
        elif change.netbox_id in held:
            context.results.fail([change], Result.STALE, _message(held[change.netbox_id]))
    free = [item for item in attempt.changes if item.address not in kept and item.target_id not in held]
    return attempt.of(free) if free else None


def _owners(deletes: Iterable[Delete], kinds: Mapping[str, Kind]) -> Mapping[ObjectId, Delete]:
    """Return the delete by which each object goes: itself, or along with another."""
    names = {kind.object_type: kind.name for kind in kinds.values()}
    found: dict[ObjectId, Delete] = {}
    for change in deletes:
        found[change.kind, change.netbox_id] = change
        for item in change.along:
            if item.effect is Effect.DELETED and item.model in names and item.id is not None:
                found.setdefault((names[item.model], item.id), change)
    return found


async def held_by_others(reader: DependentsReader, changes: Sequence[Change]) -> list[Change]:
    """Return the deletes of objects that show by themselves that others depend on them since: a quick first look."""
    ids: dict[str, list[int]] = {}
    for change in changes:
        if isinstance(change, Delete):
            ids.setdefault(change.kind, []).append(change.netbox_id)
    if not ids:
        return []
    counts = await asyncio.gather(*(reader.counts(kind, numbers) for kind, numbers in ids.items()))
    shown = dict(zip(ids, counts, strict=True))
    planned = _planned(changes, reader.kinds)
    return [change for change in changes if isinstance(change, Delete) and _has_more(change, shown, planned)]


def _has_more(
    change: Delete, shown: Mapping[str, Mapping[int, Counter[str]]], planned: Mapping[_Planned, Counter[str]]
) -> bool:
    found = shown[change.kind].get(change.netbox_id, Counter())
    named = Counter(item.model for item in change.along) + planned.get((change.kind, change.netbox_id), Counter())
    return any(found[model] > named[model] for model in found)


def _planned(changes: Iterable[Change], kinds: Mapping[str, Kind]) -> Mapping[_Planned, Counter[str]]:
    """Return how many objects of each type the plan deletes from an object, or moves away, by changes of their own."""
    found: dict[_Planned, Counter[str]] = {}
    for change in changes:
        kind = kinds[change.kind]
        for ref in (ref for item in change.fields if item.field == kind.parent for ref in refs_of(item.before)):
            found.setdefault((ref.kind, ref.id), Counter())[kind.object_type] += 1
    return found


def new_dependents(
    deletes: Iterable[Delete], found: Iterable[tuple[Delete, Dependent]]
) -> Mapping[int, list[Dependent]]:
    """Return by NetBox id of the deleted what depends on it and is not named, or was written on since."""
    named = {change.netbox_id: {(item.model, item.id): item for item in change.along} for change in deletes}
    held: dict[int, list[Dependent]] = {}
    for change, item in found:
        known = named[change.netbox_id].get((item.model, item.id))
        if not item.is_seen or known is None or (item.annotated and not known.annotated):
            held.setdefault(change.netbox_id, []).append(item)
    return held


def _message(items: Iterable[Dependent]) -> str:
    """Return why an object is not deleted."""
    names = [item.title if item.is_seen else f"perhaps {item.model}" for item in items]
    return f"not deleted: since the plan was made, {listed(names, _NAMED)} depends on it"
