"""Uncertain writes: their answer was lost, so what became of them is looked up before anything is sent again."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.apply.batches.states import SETTLED, Attempt, States, halves, unsent
from proxbox_plan.apply.concurrency.if_match import if_match
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.clients.netbox.errors import may_be_too_long
from proxbox_plan.clients.netbox.query import LONG
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change

_BROKEN = 500


async def look_up(context: ApplyContext, attempt: Attempt, error: UncertainWriteError) -> States:
    """Record what landed; what did not is tried again, a bounded number of times.

    NetBoxError when NetBox does not answer at all. When it answers 500 to this request only, one of its objects may be
    the cause: the request is bisected. So is one whose header may be longer than the web server takes.
    """
    context.results.uncertain |= {change.address for change in attempt.changes}
    if error.status != _BROKEN:
        context.concurrency.too_busy()
    await context.netbox.pause(attempt.tries, error)
    rest = await record_landed(context, attempt.changes)
    if not rest or context.stop.requested:
        return SETTLED
    if len(rest) > 1 and may_be_too_long(error) and _is_long(context, attempt):
        context.concurrency.too_large(len(attempt.changes))
        return halves(attempt.of(rest), has_if_match=context.is_compared(rest))
    if attempt.tries < context.netbox.max_retries:
        return (unsent(attempt.of(rest, more_tries=1), has_if_match=context.is_compared(rest)),)
    if error.status != _BROKEN:
        raise NetBoxError(f"NetBox does not answer: {error.message}", hint=error.hint)
    if len(rest) > 1:
        return halves(attempt.of(rest), has_if_match=context.is_compared(rest))
    context.results.fail(rest, Result.FAILED, error.message)
    return SETTLED


def _is_long(context: ApplyContext, attempt: Attempt) -> bool:
    """Whether a request has a long If-Match."""
    compared = attempt.method != "POST" and context.is_compared(attempt.changes)
    return compared and len(if_match(map(context.results.stamp, attempt.changes))["If-Match"]) > LONG


async def record_landed(context: ApplyContext, changes: Sequence[Change]) -> list[Change]:
    """Record those of some located changes that are found in NetBox; return the others."""
    found = await context.lookup.landed(changes)
    landed = [(change, found[change.address]) for change in changes if change.address in found]
    results = context.results
    results.record([results.done(change, item.id, item.last_updated) for change, item in landed])
    return [change for change in changes if change.address not in found]
