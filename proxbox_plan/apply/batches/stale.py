"""Stale objects: an attempt goes on without those that were edited in NetBox since the plan was made."""

from __future__ import annotations

from proxbox_plan.apply.batches.states import SETTLED, Attempt, Ready, States
from proxbox_plan.apply.concurrency.staleness import DELETED, EDITED, compare
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.model.outcome import Result

_REFUSED = "NetBox refused the precondition although nothing was edited"
_MOST_ROUNDS = 5  # an object that is edited before each of so many further tries is left to whoever edits it


async def verify(context: ApplyContext, attempt: Attempt, *, refused: bool) -> States:
    """Report what was edited and return the rest to be sent; `refused` when NetBox has just answered 412."""
    compared = await compare(context, attempt.changes)
    context.results.record(compared.landed)
    context.results.fail(compared.edited, Result.STALE, EDITED)
    context.results.fail(compared.deleted, Result.STALE, DELETED)
    good = compared.unedited
    if not good or context.stop.requested:
        return SETTLED
    hopeless = not compared.newer or attempt.tries > context.netbox.max_retries + _MOST_ROUNDS
    if refused and len(good) == len(attempt.changes) and hopeless:
        context.results.fail(good, Result.STALE, _REFUSED)
        return SETTLED
    return (Ready(attempt.of(good, more_tries=int(refused))),)
