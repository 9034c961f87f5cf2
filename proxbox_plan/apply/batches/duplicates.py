"""Duplicates: an object created twice, because NetBox went on with a request that it had not answered in time.

NetBox keeps `proxbox_key` unique by looking before it writes, so two requests at the same moment can both pass.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.apply.concurrency.if_match import if_match
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Change


async def remove_duplicates(context: ApplyContext) -> int:
    """Delete what carries the key of an object this run created and is not that object; return how many.

    Only creations whose answer was lost once are looked at: their keys were free when the plan was made. What differs
    from what was created is no such object, but one that a person copied: it stays, and the next plan names it.
    """
    removed = 0
    created = [change for change in context.changes if change.key and _was_created_uncertainly(context, change)]
    for kind in sorted({change.kind for change in created}):
        removed += await _remove_of_kind(context, kind, [change for change in created if change.kind == kind])
    return removed


def _was_created_uncertainly(context: ApplyContext, change: Change) -> bool:
    result = context.results.by_address.get(change.address)
    landed = result is not None and result.result is Result.DONE
    return landed and change.action is Action.CREATE and change.address in context.results.uncertain


async def _remove_of_kind(context: ApplyContext, kind: str, created: list[Change]) -> int:
    mine = {change.key: context.results.by_address[change.address].netbox_id for change in created}
    keyed = await context.lookup.keyed(created)
    duplicates = [
        row
        for change in created
        for row in keyed.get(str(change.key), ())
        if row["id"] != mine[change.key] and context.lookup.agrees(change, row, after=True)
    ]
    if duplicates:
        await context.netbox.write(
            "DELETE",
            context.kinds[kind].path,
            [{"id": row["id"]} for row in duplicates],
            headers=if_match(_stamps(duplicates)),
            allowed=context.guard.check,
        )
    return len(duplicates)


def _stamps(rows: Iterable[dict[str, object]]) -> list[str]:
    return [str(row.get("last_updated") or "") for row in rows]
