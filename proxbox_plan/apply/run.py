"""Run: keeps batches on the way until everything has a result, or something says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from proxbox_plan.apply.batches.adaptive_concurrency import Pace
from proxbox_plan.apply.batches.bodies import Writer
from proxbox_plan.apply.batches.duplicates import remove_duplicates
from proxbox_plan.apply.batches.lookup import Lookup
from proxbox_plan.apply.batches.schedule import Batch, Schedule
from proxbox_plan.apply.batches.sender import Guard, Sender
from proxbox_plan.apply.concurrency.own_changes import Changelog
from proxbox_plan.apply.concurrency.staleness import EDITED, Staleness
from proxbox_plan.apply.journal import Earlier, Journal
from proxbox_plan.apply.results import Ledger
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action, Change


class Run:
    """One apply on its way."""

    def __init__(  # noqa: PLR0913 # its collaborators, each handed in so that tests can replace it
        self,
        netbox: NetBox,
        kinds: Mapping[str, Kind],
        changes: Sequence[Change],
        *,
        message: str,
        stamp: str,
        pace: Pace,
        journal: Journal,
        guard: Guard,
        earlier: Earlier,
        progress: Progress | None = None,
    ) -> None:
        """Start from what an earlier run has landed; all our changelog messages start with `stamp`."""
        self.stopped = ""
        self._netbox = netbox
        self._kinds = kinds
        self._guard = guard
        self._changes = changes
        self._progress = progress
        self._pace = pace
        self._schedule = Schedule.of(changes, frozenset(earlier.landed), pace, kinds)
        self._ledger = Ledger(changes, self._schedule, journal, self.stop, progress, earlier.landed)
        self._lookup = Lookup(netbox, kinds, self._ledger.resolve)
        changelog = Changelog(netbox, kinds, journal.changelog, stamp)
        self._sender = Sender(
            netbox,
            kinds,
            self._ledger,
            pace,
            writer=Writer(kinds, netbox.version, message, self._ledger.resolve),
            lookup=self._lookup,
            staleness=Staleness(self._lookup, self._ledger, changelog),
            guard=guard,
            is_stopped=lambda: bool(self.stopped),
        )

    @property
    def results(self) -> Mapping[Address, ChangeResult]:
        """What became of each change so far."""
        return self._ledger.results

    def stop(self, why: str) -> None:
        """Send nothing more; what is on the way is waited for, but nobody waits to try again."""
        self.stopped = self.stopped or why
        self._netbox.stop_waiting()

    async def look_up_pending(self) -> None:
        """Before resuming: find out what landed although nobody wrote it down."""
        pending = self._ledger.open(self._changes)
        self._ledger.uncertain |= {change.address for change in pending}
        asked = [self._ledger.located(change) for change in pending if self._ledger.can_resolve(change)]
        found = await self._lookup.landed(asked)
        landed = [(change, found[change.address]) for change in asked if change.address in found]
        self._ledger.record([self._ledger.done(change, item.id, item.last_updated) for change, item in landed])

    def skip(self, stale: Iterable[Change]) -> None:
        """Leave out what was edited since the plan was made, and what depends on it."""
        for change in stale:
            if change.address not in self.results:
                self._schedule.remove(change.address)
                self._ledger.fail([change], Result.STALE, EDITED)

    async def send(self) -> None:
        """Send everything that can be sent; what stops it is in `stopped`."""
        if self._progress is not None:
            self._progress.started(len(self._ledger.open(self._changes)))
        active: dict[asyncio.Task[None], Batch] = {}
        try:
            while True:
                self._start(active)
                if not active:
                    break
                done, _ = await asyncio.wait(active, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del active[task]
                    task.result()  # a bug in there must not pass for a change that waits
        finally:
            if active:
                await asyncio.wait(active)
        await self._finish()

    def _start(self, active: dict[asyncio.Task[None], Batch]) -> None:
        """Start as many batches as may be on the way at once."""
        while len(active) < self._pace.slots and not self.stopped:
            batch = self._schedule.next(active.values())
            if batch is None:
                break
            active[asyncio.create_task(self._send(batch))] = batch

    async def _send(self, batch: Batch) -> None:
        try:
            await self._sender.send(batch)
        except ProxboxError as error:
            self.stop(error.message)

    async def _finish(self) -> None:
        if not self.stopped and self._ledger.open(self._changes):
            self.stop("the changes that are left wait for each other; this is a bug, please report it")
        created = [change for change in self._changes if self._was_created_uncertainly(change)]
        ids = {change.address: self.results[change.address].netbox_id or 0 for change in created}
        try:
            await remove_duplicates(self._netbox, self._kinds, self._lookup, created, ids, self._guard.check)
        except ProxboxError as error:
            self.stop(error.message)

    def _was_created_uncertainly(self, change: Change) -> bool:
        result = self.results.get(change.address)
        landed = result is not None and result.result is Result.DONE
        return landed and change.action is Action.CREATE and change.address in self._ledger.uncertain
