"""Plan graph: the changes of a plan, checked when it is read for everything that code relies on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.model.kind import CUSTOM, Kind
from proxbox_plan.model.plan.change import Change, Create, Update
from proxbox_plan.model.plan.plan import Plan

_HINT: Final = "Plan again with this version of proxbox-plan."
_TAGS: Final = "tags"
_NAMED: Final = 8  # changes named of a long cycle


@dataclass(frozen=True, slots=True)
class PlanGraph:
    """A plan that was checked: kinds and fields are known, ids and references are sound, the order can be applied."""

    plan: Plan
    changes: Mapping[Address, Change]

    @classmethod
    def of(cls, plan: Plan, kinds: Mapping[str, Kind]) -> PlanGraph:
        """Check a plan against the kinds this version knows; DocumentError names the first thing that is wrong."""
        changes = {change.address: change for change in plan.changes}
        if len(changes) < len(plan.changes):
            twice = next(change for place, change in enumerate(plan.changes) if _is_repeated(plan, place, change))
            raise _error(twice, "is a duplicate entry")
        for change in plan.changes:
            for wrong in (
                *unknown_parts(change, kinds),
                *_wrong_ids(change, changes),
                *_wrong_references(change, changes),
            ):
                raise _error(change, wrong)
        _check_order(plan, changes)
        return cls(plan, MappingProxyType(changes))


def _is_repeated(plan: Plan, place: int, change: Change) -> bool:
    return any(other.address == change.address for other in plan.changes[:place])


def unknown_parts(change: Change, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Yield what this version does not know: the kind of a change, or fields of it."""
    kind = kinds.get(change.kind)
    if change.address.kind != change.kind:
        yield f"is of kind {change.kind!r}, which is not the kind of its address"
    elif kind is None:
        yield f"is of kind {change.kind!r}, which this version does not know"
    else:
        known = {field.name for field in kind.fields} | {_TAGS}
        for item in change.fields:
            if item.field not in known and not item.field.startswith(CUSTOM):
                yield f"has the field {item.field!r}, which this version does not know"


def _wrong_ids(change: Change, changes: Mapping[Address, Change]) -> Iterator[str]:
    """An update without an id is the second pass of an object that the plan creates; nothing else lacks one."""
    first = changes.get(change.address.first_pass)
    if isinstance(change, Create) and change.address.is_second_pass:
        yield "is a second pass that creates an object"
    if isinstance(change, Update) and change.netbox_id is None:
        if not change.address.is_second_pass or not isinstance(first, Create):
            yield "has no netbox_id, and the plan does not create its object"
        elif change.address.first_pass not in change.depends_on:
            yield f"does not depend on {change.address.first_pass}, which creates its object"


def _wrong_references(change: Change, changes: Mapping[Address, Change]) -> Iterator[str]:
    for needed in change.depends_on:
        if needed == change.address:
            yield "depends on itself"
        elif needed not in changes:
            yield f"depends on {needed}, which is not in the plan"
    for item in change.fields:
        for ref in _references(item.after):
            target = Address(str(ref.get("address") or ""))
            if ref.get("id") is None and not isinstance(changes.get(target), Create):
                yield f"refers in {item.field!r} to {target or ref.get('name')}, which the plan does not create"
            elif ref.get("id") is None and target not in change.depends_on:
                yield f"refers in {item.field!r} to {target}, which the plan creates, and does not depend on it"


def _references(value: Any) -> Iterator[dict[str, Any]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and "kind" in item and "name" in item:
            yield item


def _check_order(plan: Plan, changes: Mapping[Address, Change]) -> None:
    """Raise DocumentError for a change that comes before what it depends on; a cycle is named."""
    places = {address: place for place, address in enumerate(changes)}
    for change in plan.changes:
        late = next((needed for needed in change.depends_on if places[needed] > places[change.address]), None)
        if late is None:
            continue
        cycle = _cycle(change.address, changes)
        if cycle:
            named = " -> ".join(cycle[:_NAMED]) + (" -> ..." if cycle[_NAMED:] else "")
            raise _error(change, f"is in a dependency cycle: {named}")
        raise _error(change, f"comes before {late}, on which it depends")


def _cycle(start: Address, changes: Mapping[Address, Change]) -> list[Address]:
    """Return the way from a change back to itself along what it depends on; empty when there is none."""
    came_from: dict[Address, Address] = {}
    ahead = [start]
    while ahead:
        here = ahead.pop()
        for needed in changes[here].depends_on:
            if needed == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return [start, *reversed(way[1:-1]), start] if here != start else [start, start]
            if needed not in came_from:
                came_from[needed] = here
                ahead.append(needed)
    return []


def _error(change: Change, wrong: str) -> DocumentError:
    return DocumentError(f"The plan cannot be applied: {change.address} {wrong}", hint=_HINT)
