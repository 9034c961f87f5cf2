"""Apply: locks, preconditions, the run, and the outcome."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.concurrency.first_update import first_alone, refuse_if_edited
from proxbox_plan.apply.concurrency.preconditions import check_binding, refuse_stale, stale_changes, stamps
from proxbox_plan.apply.journal import Earlier, Journal, read_journal, remove_journal
from proxbox_plan.apply.locks.file_lock import FileLock
from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.apply.locks.netbox_lock import LEASE, NetBoxLock
from proxbox_plan.apply.run import Run
from proxbox_plan.clients.netbox.changelog import newest_entry
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError, LockedError, ProxboxError, StaleError, UsageError
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.inventory.changelog import OURS
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.model.plan.graph import PlanGraph
from proxbox_plan.policy.permission import check_permission

BATCH = 100  # objects per request; one If-Match header of 200 stamps is the most a common server takes
_LOCK_PAUSE = 5.0  # seconds between two looks at a lock that somebody holds


@dataclass(frozen=True)
class Options:
    """How to apply."""

    journal: Path
    lock: Path
    resume: bool = False
    on_stale: Literal["refuse", "skip"] = "refuse"
    message: str = ""
    labels: Collection[str] = ()  # given for the checks that require one
    batch: int = BATCH
    progress: Progress | None = None
    branch: Branch | None = None  # the one `netbox` works in
    main: NetBox | None = None  # where the lock is when `netbox` works in a branch: one for all branches
    started: Callable[[Run], None] | None = None  # told when writing begins; a signal handler can stop the run
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    lock_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex[:12])
    lease: float = LEASE
    lock_timeout: float = 0.0  # seconds to wait for a lock whose holder is at work
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep


async def apply(plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options) -> Outcome:
    """Execute exactly that plan and return what became of each change.

    Raises DocumentError, StaleError, RefusedError or LockedError before anything is written. Once writing has begun
    it always returns an outcome; one that is not complete says what is missing and why.
    """
    PlanGraph.of(plan, kinds)
    check_permission(plan, options.labels)
    check_binding(plan, netbox)
    if not plan.changes:
        return outcome_of(plan, {}, "", netbox.writes, options.branch)
    waited = 0.0
    while True:
        try:
            return await _alone(plan, netbox, kinds, options)
        except LockedError as error:
            if not error.at_work or waited >= options.lock_timeout:
                raise
            held = error.message
        left = options.lock_timeout - waited
        pause = min(_LOCK_PAUSE, left)
        if options.progress is not None:
            options.progress.waiting(f"another apply to end: {held}; {left:.0f} s left")
        await options.wait(pause)
        waited += pause


async def _alone(plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options) -> Outcome:
    """Take both locks and apply; LockedError when somebody has one."""
    file = FileLock(options.lock)
    try:
        who = file.take(holder(options.lock_id(), plan.id, options.now), resume=options.resume)
    except LockedError:
        if file.left is not None:
            _refuse_begun(plan, read_journal(options.journal))
        raise
    gone = not file.resumed
    try:
        earlier = _earlier(plan, options)
        gone = False
        lock = NetBoxLock(options.main or netbox, who, options.now, options.lease)
        try:
            await lock.take()
            return await _locked(plan, netbox, kinds, options, earlier, lock)
        finally:
            gone = await lock.release()
    finally:
        file.release(keep=not gone)


def _earlier(plan: Plan, options: Options) -> Earlier:
    """Read the journal, now that nobody else writes it."""
    earlier = read_journal(options.journal)
    if not options.resume:
        _refuse_begun(plan, earlier)
    if earlier.plan_digest == plan.digest:
        return earlier
    if earlier.plan_digest is not None:
        if options.resume:
            raise DocumentError(
                f"the journal {options.journal} belongs to another plan, so there is nothing to resume",
                hint="Apply the plan without --resume.",
            )
        remove_journal(options.journal)
    return Earlier()


def _refuse_begun(plan: Plan, earlier: Earlier) -> None:
    if earlier.plan_digest == plan.digest:
        raise UsageError(
            f"an earlier apply of this plan stopped part-way: {len(earlier.landed)} of {len(plan.changes)} changes "
            "landed",
            hint="Finish it with --resume, or plan again.",
        )


async def _locked(  # noqa: PLR0913 # everything one apply is told
    plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options, earlier: Earlier, lock: NetBoxLock
) -> Outcome:
    begun = earlier.plan_digest is not None
    deletes = any(change.action is Action.DELETE for change in plan.changes)
    changelog = await newest_entry(netbox) if deletes and not begun else None
    refuse = options.on_stale == "refuse" and not begun
    first = first_alone(plan.changes, netbox.version) if refuse else None
    looked_at = [] if begun else [change for change in plan.changes if change is not first]
    stale = stale_changes(looked_at, await stamps(netbox, kinds, looked_at))
    if refuse:
        refuse_stale(stale)
    with Journal(options.journal, plan, changelog) as journal:
        concurrency = AdaptiveConcurrency(options.batch, netbox.max_concurrent)

        async def sent(changes: Sequence[Change], earlier: Earlier) -> Run:
            run = Run(
                netbox,
                kinds,
                changes,
                message=_message(plan, options),
                stamp=_stamp(plan),
                concurrency=concurrency,
                journal=journal,
                guard=lock,
                progress=options.progress,
                earlier=earlier,
            )
            await _send(run, lock, options, [] if first else stale)
            return run

        run = await sent([first] if first else plan.changes, earlier)
        if first is not None:
            _refuse_edited(first, run, options)
            if not run.stopped and len(plan.changes) > 1:
                run = await sent(plan.changes, read_journal(options.journal))
    return outcome_of(plan, run.results, run.stopped, netbox.writes, options.branch)


async def _send(run: Run, lock: NetBoxLock, options: Options, stale: Sequence[Change]) -> None:
    lock.when_lost(run.stop)
    if options.started is not None:
        options.started(run)
    try:
        if options.resume:
            await run.look_up_pending()
        run.skip(stale)
        await run.send()
    except ProxboxError as error:
        run.stop(error.message)


def _refuse_edited(first: Change, run: Run, options: Options) -> None:
    """Refuse the plan, of which nothing was written, when its first object was edited: there is nothing to resume."""
    try:
        refuse_if_edited(first, run.results)
    except StaleError:
        remove_journal(options.journal)
        raise


def _stamp(plan: Plan) -> str:
    return f"{OURS}{plan.id}"


def _message(plan: Plan, options: Options) -> str:
    return _stamp(plan) + (f" {options.message}" if options.message else "")


def outcome_of(
    plan: Plan, done: Mapping[Address, ChangeResult], stopped: str, writes: int, branch: Branch | None = None
) -> Outcome:
    """Return what a run did, in the order of the plan."""
    results = tuple(done.get(change.address) or _pending(change, stopped) for change in plan.changes)
    complete = all(result.result is Result.DONE for result in results)
    return Outcome.make(
        plan_id=plan.id,
        plan_digest=plan.digest,
        netbox_url=plan.binding.netbox_url,
        branch=branch or plan.binding.branch,
        changes=plan.changes,
        results=results,
        complete=complete,
        stopped=stopped,
        writes=writes,
    )


def _pending(change: Change, why: str) -> ChangeResult:
    return ChangeResult(
        address=change.address,
        kind=change.kind,
        action=change.action,
        name=change.name,
        result=Result.PENDING,
        netbox_id=change.target_id,
        message=why,
    )
