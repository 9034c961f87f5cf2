"""A plan as the requests of the bare script, and the lists it is made of: what there is to do, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.bare import ID_OF
from proxbox_plan.apply.batches.bodies import Writer
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS

BATCH = 100


def lists_of(plan: Plan, cluster: str) -> list[dict[str, Any]]:
    """Return the lists in which the plan's objects are, ours of the cluster alone where they carry its keys."""
    kinds = [KINDS[name] for name in dict.fromkeys(change.kind for change in plan.changes)]
    return [
        {"path": kind.path, "query": {f"cf_{KEY_FIELD}__isw": f"{cluster}/"} if kind.managed else {}} for kind in kinds
    ]


def requests_of(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan's creations and second passes as bulk requests in an order that works."""
    writer = Writer(KINDS, _version(plan), f"proxbox plan {plan.id}", _placeholder)  # type: ignore[arg-type]  # a stand-in for an id
    found: list[dict[str, Any]] = []
    place_of: dict[str, int] = {}
    for changes in _batches(plan.changes):
        first = changes[0]
        needs = {place_of[address] for change in changes for address in change.depends_on}
        needs |= set(_not_beside(first, found))
        place_of |= {change.address: len(found) for change in changes}
        found.append(
            {
                "method": "POST" if first.action is Action.CREATE else "PATCH",
                "path": KINDS[first.kind].path,
                "rows": [_body(writer, change) for change in changes],
                "needs": sorted(needs - {len(found)}),
                "addresses": [change.address for change in changes],
            }
        )
    return found


def _not_beside(first: Change, before: list[dict[str, Any]]) -> Iterable[int]:
    """Return the requests that must be over, or NetBox refuses one of the two or deadlocks: what anybody finds out."""
    kind = KINDS[first.kind]
    if first.action is not Action.CREATE:
        return range(len(before))
    alone = any(not item.counts for item in kind.disturbs)
    return (
        number
        for number, request in enumerate(before)
        if request["method"] == "PATCH" or (alone and request["path"] == kind.path)
    )


def _body(writer: Writer, change: Change) -> dict[str, Any]:
    body = writer.body(change, None)
    return body if change.action is Action.CREATE else {"id": ID_OF + change.address.partition("#")[0], **body}


def _placeholder(ref: Ref) -> int | str:
    return ref.id or f"{ID_OF}{ref.address}"


def _batches(changes: tuple[Change, ...]) -> Iterator[list[Change]]:
    """Yield changes of one kind and action together, as many as fit, none before what it depends on."""
    left = {change.address: change for change in changes}
    while left:
        free = [change for change in left.values() if not any(need in left for need in change.depends_on)]
        groups = Counter((change.kind, change.action) for change in free)
        for group in groups:
            mine = [change for change in free if (change.kind, change.action) == group]
            for start in range(0, len(mine), BATCH):
                yield mine[start : start + BATCH]
        for change in free:
            del left[change.address]


def _version(plan: Plan) -> tuple[int, int]:
    major, minor = plan.binding.netbox_version.split(".")[:2]
    return int(major), int(minor)
