"""Sends one batch; bisects rejected batches; verifies before retrying an uncertain write.

Whatever goes wrong between a write and its result leaves the change without one: it is looked up before the next try,
in this run or in the one that resumes it.
"""

from __future__ import annotations

from typing import Any, assert_never

from proxbox_plan.apply.batches.answers import record_answer
from proxbox_plan.apply.batches.dependents import without_held
from proxbox_plan.apply.batches.refusals import take_apart
from proxbox_plan.apply.batches.schedule import Batch
from proxbox_plan.apply.batches.stale import verify
from proxbox_plan.apply.batches.states import (
    SETTLED,
    Answered,
    Attempt,
    Ready,
    Refused,
    Stale,
    State,
    States,
    Uncertain,
    Unverified,
    unsent,
)
from proxbox_plan.apply.batches.uncertain import look_up
from proxbox_plan.apply.concurrency.if_match import if_match
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError

_PRECONDITION_FAILED = 412


async def send_batch(context: ApplyContext, batch: Batch) -> None:
    """Send a batch until each of its changes has a result; NetBoxError or LockedError when the run must stop."""
    changes = tuple(context.results.located(change) for change in batch.changes)
    timed = tuple(change for change in changes if context.results.stamp(change))
    untimed = tuple(change for change in changes if not context.results.stamp(change))
    parts = (changes,) if batch.method == "POST" else tuple(part for part in (untimed, timed) if part)
    work = [unsent(Attempt(batch.method, part), has_if_match=context.is_compared(part)) for part in parts]
    while work:
        work.extend(reversed(await _next(context, work.pop())))


async def _next(context: ApplyContext, state: State) -> States:
    """Return the states that follow one; a stopped run sends nothing more, but settles what was sent."""
    match state:
        case Ready() | Unverified() if context.stop.requested:
            following = SETTLED
        case Ready(attempt):
            free = await without_held(context, attempt)
            following = SETTLED if free is None else (await _send(context, free),)
        case Unverified(attempt):
            following = await verify(context, attempt, refused=False)
        case Answered(attempt, answer):
            following = record_answer(context, attempt, answer)
        case Refused(attempt, refusal):
            following = await take_apart(context, attempt, refusal)
        case Uncertain(attempt, lost):
            following = await look_up(context, attempt, lost)
        case Stale(attempt):
            following = await verify(context, attempt, refused=True)
        case _:
            assert_never(state)
    return following


async def _send(context: ApplyContext, attempt: Attempt) -> State:
    """Send one request and return what NetBox made of it."""
    await context.guard.confirm()
    try:
        answer = await _request(context, attempt)
    except UncertainWriteError as error:
        return Uncertain(attempt, error)
    except NetBoxError as error:
        return Stale(attempt) if error.status == _PRECONDITION_FAILED else Refused(attempt, error)
    return Answered(attempt, answer)


async def _request(context: ApplyContext, attempt: Attempt) -> Any:
    headers: dict[str, str] = {}
    if attempt.method != "POST" and context.is_compared(attempt.changes):
        headers = if_match(map(context.results.stamp, attempt.changes))
    bodies = [context.writer.body(change, change.target_id) for change in attempt.changes]
    path = context.kinds[attempt.kind].path
    request = context.concurrency.begin(attempt.group, len(attempt.changes))
    worked = False
    try:
        answer = await context.netbox.write(attempt.method, path, bodies, headers=headers, allowed=context.guard.check)
        worked = True
    finally:
        context.concurrency.end(request, worked=worked)
    return answer
