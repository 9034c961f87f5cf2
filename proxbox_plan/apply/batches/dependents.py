"""Dependents: nothing is deleted that costs more than the plan says.

NetBox gives an object no new time stamp when something is attached to it, so `If-Match` does not notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from proxbox_plan.apply.batches.states import Attempt
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change, Delete

ObjectId = tuple[str, int]  # kind and NetBox id

_NAMED = 3  # dependents named in a message


async def without_held(context: ApplyContext, attempt: Attempt) -> Attempt | None:
    """Look right before a delete: report as stale what others depend on since, and return the rest, if any."""
    deletes = [change for change in attempt.changes if isinstance(change, Delete)]
    if not deletes:
        return attempt
    held = new_dependents(deletes, await context.dependents.read({attempt.kind: [c.netbox_id for c in deletes]}))
    for change in deletes:
        if change.netbox_id in held:
            context.results.fail([change], Result.STALE, _message(held[change.netbox_id]))
    free = [change for change in attempt.changes if change.target_id not in held]
    return attempt.of(free) if free else None


async def held_by_others(reader: DependentsReader, changes: Sequence[Change]) -> list[Change]:
    """Return the deletes of objects that show by themselves that others depend on them since: a quick first look."""
    ids: dict[str, list[int]] = {}
    for change in changes:
        if isinstance(change, Delete):
            ids.setdefault(change.kind, []).append(change.netbox_id)
    if not ids:
        return []
    shown = {kind: await reader.counts(kind, numbers) for kind, numbers in ids.items()}
    planned = _planned(changes, reader.kinds)
    return [change for change in changes if isinstance(change, Delete) and _has_more(change, shown, planned)]


def _has_more(
    change: Delete, shown: Mapping[str, Mapping[int, Counter[str]]], planned: Mapping[ObjectId, Counter[str]]
) -> bool:
    found = shown[change.kind].get(change.netbox_id, Counter())
    named = Counter(item.model for item in change.along) + planned.get((change.kind, change.netbox_id), Counter())
    return any(found[model] > named[model] for model in found)


def _planned(changes: Iterable[Change], kinds: Mapping[str, Kind]) -> Mapping[ObjectId, Counter[str]]:
    """Return how many objects of each type the plan deletes from an object, or moves away, by changes of their own."""
    found: dict[ObjectId, Counter[str]] = {}
    for change in changes:
        kind = kinds[change.kind]
        for item in change.fields:
            before = item.before
            if item.field == kind.parent and isinstance(before, dict) and isinstance(before.get("id"), int):
                found.setdefault((str(before["kind"]), before["id"]), Counter())[kind.object_type] += 1
    return found


def new_dependents(deletes: Iterable[Delete], found: Iterable[Dependent]) -> Mapping[int, list[Dependent]]:
    """Return by NetBox id what depends on objects that the plan does not name."""
    named = {change.netbox_id: {(item.model, item.id) for item in change.along} for change in deletes}
    held: dict[int, list[Dependent]] = {}
    for item in found:
        if not item.is_seen or (item.model, item.id) not in named.get(item.on, set()):
            held.setdefault(item.on, []).append(item)
    return held


def _message(items: Iterable[Dependent]) -> str:
    """Return why an object is not deleted."""
    names = [f"{item.model} {item.name!r}" if item.is_seen else f"perhaps {item.model}" for item in items]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"not deleted: since the plan was made, {', '.join(names[:_NAMED])}{more} depends on it"
