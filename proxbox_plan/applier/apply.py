"""Apply: preconditions, locks, the run, and the outcome."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from proxbox_plan.applier.journal import Journal, read_journal
from proxbox_plan.applier.lock import FileLock, NetBoxLock, holder
from proxbox_plan.applier.preconditions import check_binding, refuse_stale, stale_changes, stamps
from proxbox_plan.applier.run import Progress, Run
from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.errors import DocumentError, ProxboxError, UsageError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Change, Plan

BATCH = 100  # objects per request; one If-Match header of 200 stamps is the most a common server takes


@dataclass(frozen=True)
class Options:
    """How to apply."""

    journal: Path
    lock: Path
    resume: bool = False
    on_stale: Literal["refuse", "skip"] = "refuse"
    message: str = ""
    batch: int = BATCH
    progress: Progress | None = None
    started: Callable[[Run], None] | None = None  # told when writing begins; a signal handler can stop the run
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    lock_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex[:12])


async def apply(plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options) -> Outcome:
    """Execute exactly that plan and return what became of each change.

    Raises StaleError, RefusedError or LockedError before anything is written. Once writing has begun it always
    returns an outcome; one that is not complete says what is missing and why.
    """
    check_binding(plan, netbox)
    landed = _earlier(plan, options)
    who = holder(options.lock_id(), plan.id, options.now)
    with _held(FileLock(options.lock, who), resume=options.resume):
        lock = NetBoxLock(netbox, who, options.now)
        await lock.take(resume=options.resume)
        try:
            if landed is None:  # of an earlier plan in the same file, which nobody can resume any more
                options.journal.unlink(missing_ok=True)
            return await _locked(plan, netbox, kinds, options, landed or {})
        finally:
            await lock.release()


@contextmanager
def _held(lock: FileLock, *, resume: bool) -> Iterator[None]:
    lock.take(resume=resume)
    try:
        yield
    finally:
        lock.release()


def _earlier(plan: Plan, options: Options) -> dict[str, ChangeResult] | None:
    landed = read_journal(options.journal, plan)
    if landed is None and options.resume:
        raise DocumentError(f"the journal {options.journal} belongs to another plan, so there is nothing to resume",
                            hint="Apply the plan without --resume.")  # fmt: skip
    if landed and not options.resume:
        raise UsageError(
            f"an earlier apply of this plan stopped part-way: {len(landed)} of {len(plan.changes)} changes landed",
            hint="Finish it with --resume, or plan again.",
        )
    return landed


async def _locked(
    plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options, landed: Mapping[str, ChangeResult]
) -> Outcome:
    todo = [change for change in plan.changes if change.address not in landed]
    stale = [] if options.resume else stale_changes(todo, await stamps(netbox, kinds, todo))
    if options.on_stale == "refuse":
        refuse_stale(stale)
    with Journal(options.journal, plan) as journal:
        run = Run(netbox, kinds, plan.changes, message=_message(plan, options), size=options.batch, journal=journal,
                  progress=options.progress, landed=landed)  # fmt: skip
        if options.started is not None:
            options.started(run)
        try:
            if options.resume:
                await run.look_up_pending()
            run.skip(stale)
            await run.send()
        except ProxboxError as error:
            run.stop(error.message)
    return outcome_of(plan, run, netbox.writes)


def _message(plan: Plan, options: Options) -> str:
    return f"proxbox plan {plan.id}" + (f" {options.message}" if options.message else "")


def outcome_of(plan: Plan, run: Run, writes: int) -> Outcome:
    """Return what a run did, in the order of the plan."""
    results = tuple(run.results.get(change.address) or _pending(change, run.stopped) for change in plan.changes)
    complete = all(result.result is Result.DONE for result in results)
    return Outcome.make(plan_id=plan.id, plan_digest=plan.digest, netbox_url=plan.binding.netbox_url,
                        results=results, complete=complete, stopped=run.stopped, writes=writes)  # fmt: skip


def _pending(change: Change, why: str) -> ChangeResult:
    return ChangeResult(address=change.address, kind=change.kind, action=change.action, name=change.name,
                        result=Result.PENDING, netbox_id=change.netbox_id, message=why)  # fmt: skip
