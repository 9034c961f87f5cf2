"""Apply: locks, preconditions, the run, and the outcome."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Earlier, Journal, read_journal, remove_journal
from proxbox_plan.apply.locks.file_lock import FileLock
from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.apply.locks.netbox_lock import LEASE, NetBoxLock
from proxbox_plan.apply.outcome import outcome_of
from proxbox_plan.apply.preconditions.checks import CheckedPlan, check_document, look
from proxbox_plan.apply.run import Run
from proxbox_plan.apply.stop import INTERRUPTIONS, logger
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import DocumentError, LockedError, UsageError
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.inventory.changelog import OURS
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import Policy
from proxbox_plan.policy.permission import Consent

BATCH = 100  # objects per request
_LOCK_PAUSE = 5.0  # seconds between two tries to get a lock that another apply holds


@dataclass(frozen=True)
class Options:
    """How to apply."""

    journal: Path
    lock: Path
    resume: bool = False
    on_stale: Literal["refuse", "skip"] = "refuse"
    message: str = ""
    consent: Consent = field(default_factory=Consent)  # what the plan cannot say itself
    policy: Policy | None = None  # of the configuration: its limits and checks are computed again
    batch: int = BATCH
    progress: Progress | None = None
    branch: Branch | None = None  # the one `netbox` works in
    main: NetBox | None = None  # where the lock is when `netbox` works in a branch: one for all branches
    started: Callable[[Run], None] | None = None  # called when writing begins; a signal handler can stop the run
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    lock_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex[:12])
    lease: float = LEASE
    lock_timeout: float = 0.0  # seconds to wait for a lock whose holder is at work
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep


async def apply(plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], options: Options) -> Outcome:
    """Execute exactly that plan and return what became of each change.

    Raises DocumentError, StaleError, RefusedError or LockedError before anything is written. Once writing has begun
    it always returns an outcome, whatever is raised: also after a bug, whose traceback is logged, or a cancellation.
    An outcome that is not complete says what is missing, and in `stopped` why.
    """
    check_document(plan, netbox, kinds, options.policy, options.consent)
    if not plan.changes:
        return outcome_of(plan, {}, "", netbox.writes, branch=options.branch)
    waited = 0.0
    while True:
        try:
            return await _Apply(plan, netbox, kinds, options).alone()
        except LockedError as error:
            if not error.at_work or waited >= options.lock_timeout:
                raise
            held = error.message
        left = options.lock_timeout - waited
        pause = min(_LOCK_PAUSE, left)
        if options.progress is not None:
            options.progress.waiting(f"another apply to end ({held}); {left:.0f} s left")
        await options.wait(pause)
        waited += pause


@dataclass(frozen=True, slots=True)
class _Apply:
    """One try to apply, as it was asked for."""

    plan: Plan
    netbox: NetBox
    kinds: Mapping[str, Kind]
    options: Options

    async def alone(self) -> Outcome:
        """Take both locks and apply; LockedError when another apply holds one."""
        plan, options = self.plan, self.options
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
            lock = NetBoxLock(options.main or self.netbox, who, options.now, options.lease)
            try:
                await lock.take()
                return await self._locked(earlier, lock, resume=file.resumed or earlier.plan_digest is not None)
            finally:
                gone = await _release(lock)
        finally:
            file.release(keep=not gone)

    async def _locked(self, earlier: Earlier, lock: NetBoxLock, *, resume: bool) -> Outcome:
        """Check that nothing is stale, then write; from the journal's first line on there is an outcome."""
        plan, netbox, options = self.plan, self.netbox, self.options
        main = options.main or netbox
        found = await look(netbox, main, self.kinds, plan, options.policy, earlier, options.consent, resume=resume)
        if options.on_stale == "refuse":
            found.refuse_stale()
        if not CHANGELOG_MESSAGES.is_in(netbox.version):
            await lock.note_writing()
        known = replace(earlier, landed={**earlier.landed, **found.landed})
        run = Run(self._context(Journal(options.journal, plan), known, lock, found.since.entry))
        lock.when_lost(run.stop)
        with run.journal:
            await run.finish(_steps(run, options, found))
        warning = found.since.warning
        return outcome_of(plan, run.results, run.stopped, netbox.writes, branch=options.branch, warning=warning)

    def _context(self, journal: Journal, earlier: Earlier, guard: NetBoxLock, since: int | None) -> ApplyContext:
        stamp = f"{OURS}{self.plan.id}"
        return ApplyContext(
            netbox=self.netbox,
            kinds=self.kinds,
            changes=self.plan.changes,
            journal=journal,
            concurrency=AdaptiveConcurrency(self.options.batch, self.netbox.max_concurrent),
            guard=guard,
            stamp=stamp,
            collected=self.plan.collected,
            read_at=_decommissioned(self.plan, self.netbox.moment),
            message=f"{stamp} {self.options.message}".strip(),
            earlier=earlier,
            since=since,
            progress=self.options.progress,
        )


def _decommissioned(plan: Plan, now: str | None) -> str | None:
    """Return since when something is decommissioned: from the apply on, however old the plan is.

    Null when the time was, or is, not known. The plan says when it was made, and no digest covers that.
    """
    return max(plan.read_at, now) if plan.read_at is not None and now is not None else None


async def _steps(run: Run, options: Options, found: CheckedPlan) -> None:
    """Everything that writes."""
    if options.started is not None:
        options.started(run)
    if options.resume:
        await run.look_up_pending()
    run.skip(found.stale)
    await run.send()


async def _release(lock: NetBoxLock) -> bool:
    """Remove the lock from NetBox, also when that is interrupted; false when it may still be there."""
    try:
        releasing = asyncio.ensure_future(lock.release())
        with suppress(asyncio.CancelledError):
            return await asyncio.shield(releasing)
        return await releasing
    except INTERRUPTIONS:
        logger.exception("the lock on NetBox cannot be removed")
        return False


def _earlier(plan: Plan, options: Options) -> Earlier:
    """Read the journal, now that no other apply writes it."""
    earlier = read_journal(options.journal)
    if not options.resume:
        _refuse_begun(plan, earlier)
    if earlier.plan_digest == plan.digest:
        return earlier
    if earlier.plan_digest is not None:
        if options.resume:
            raise DocumentError(
                f"The journal {options.journal} belongs to another plan, so there is nothing to resume",
                hint="Apply the plan without --resume.",
            )
        remove_journal(options.journal)
    return Earlier()


def _refuse_begun(plan: Plan, earlier: Earlier) -> None:
    if earlier.plan_digest == plan.digest:
        raise UsageError(
            f"An earlier apply of this plan stopped part-way: {len(earlier.landed)} of {len(plan.changes)} changes "
            "landed",
            hint="Finish it with --resume, or plan again.",
        )
