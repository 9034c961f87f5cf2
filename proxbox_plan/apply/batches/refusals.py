"""Refusals: which objects a rejected request is rejected for, so that the others land."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from proxbox_plan.apply.batches.rejection import rejected
from proxbox_plan.apply.batches.states import SETTLED, Attempt, States, halves, unsent
from proxbox_plan.apply.batches.uncertain import record_landed
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Change

_SHARED = "was there already, as planned: another plan made it"
_UNSEEN = "(NetBox has one that this token may not see, or that was made since the plan)"
_TAKEN = re.compile(r"must be unique|already exists|make a unique set|[Dd]uplicate")
_TOO_LARGE = (413, 414, 431)
_REJECTED = (400, 409)


async def take_apart(context: ApplyContext, attempt: Attempt, error: NetBoxError) -> States:
    """Report the rejected objects and return the others to be sent; raise what concerns more than these changes."""
    if error.status in _TOO_LARGE and len(attempt.changes) > 1:
        context.concurrency.too_large(len(attempt.changes))
        return halves(attempt, has_if_match=context.is_compared(attempt.changes))
    if _is_about_objects(attempt, error):
        return await _without_rejected(context, attempt, error)
    if error.status in _TOO_LARGE or (error.status == FORBIDDEN and await _may_read(context, attempt.kind)):
        context.results.fail(attempt.changes, Result.FAILED, error.message)
        return SETTLED
    raise error


def _is_about_objects(attempt: Attempt, error: NetBoxError) -> bool:
    """Whether a refusal is about some of the objects; one that forbids the whole kind names none."""
    if error.status == FORBIDDEN:
        return bool(rejected(error, _ids(attempt)))
    return error.status in _REJECTED and (error.body is not None or len(attempt.changes) > 1)


async def _may_read(context: ApplyContext, kind: str) -> bool:
    """Whether the token opens anything at all; otherwise all that is left would be refused, too."""
    try:
        await context.netbox.get(context.kinds[kind].path, {"limit": 1, "fields": "id"})
    except NetBoxError:
        return False
    return True


async def _without_rejected(context: ApplyContext, attempt: Attempt, error: NetBoxError) -> States:
    """Report the rejected objects in NetBox's words and return the others; bisect when it names none."""
    changes = attempt.changes
    bad = {changes[index].address: words for index, words in rejected(error, _ids(attempt)).items()}
    rest = await _without_shared(context, await _without_landed(context, attempt, bad), bad)
    if len(rest) == len(changes) == 1:
        bad = {rest[0].address: bad.get(rest[0].address, error.message)}
    for change in rest:
        if change.address in bad:
            context.results.fail([change], Result.FAILED, _explained(change, bad[change.address]))
    good = context.results.open(rest)
    if not good:
        return SETTLED
    if len(good) < len(changes):
        return (unsent(attempt.of(good), has_if_match=context.is_compared(attempt.changes)),)
    return halves(attempt, has_if_match=context.is_compared(attempt.changes))


def _explained(change: Change, words: str) -> str:
    """Return NetBox's words, and why a plan could not know that it has an object like a new one already."""
    return f"{words} {_UNSEEN}" if change.action is Action.CREATE and _TAKEN.search(words) else words


async def _without_landed(context: ApplyContext, attempt: Attempt, bad: Mapping[Address, str]) -> list[Change]:
    """Record what is rejected only because it has landed: by a request whose answer was lost, or by a cascade."""
    suspects = [
        change
        for change in attempt.changes
        if (change.address in bad or not bad)
        and (attempt.method == "DELETE" or change.address in context.results.uncertain)
    ]
    left = await record_landed(context, suspects) if suspects else []
    gone = {change.address for change in suspects} - {change.address for change in left}
    return [change for change in attempt.changes if change.address not in gone]


async def _without_shared(context: ApplyContext, changes: Sequence[Change], bad: Mapping[Address, str]) -> list[Change]:
    """Record shared objects (tags, roles, ...) that another plan made since ours, exactly as ours would."""
    shared = [change for change in changes if change.action is Action.CREATE and change.key is None]
    suspects = [change for change in shared if change.address in bad or not bad]
    found = await context.lookup.made_by_others(suspects) if suspects else {}
    there = [(change, found[change.address]) for change in suspects if change.address in found]
    results = context.results
    results.record([results.done(change, item.id, item.last_updated, _SHARED) for change, item in there])
    return [change for change in changes if change.address not in found]


def _ids(attempt: Attempt) -> list[int | None]:
    return [None if change.action is Action.CREATE else change.target_id for change in attempt.changes]
