"""Run: keeps batches in flight until every change has a result, or something stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from proxbox_plan.apply.batches.duplicates import remove_duplicates
from proxbox_plan.apply.batches.schedule import Batch
from proxbox_plan.apply.batches.sender import send_batch
from proxbox_plan.apply.batches.uncertain import record_landed
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.apply.stop import INTERRUPTIONS
from proxbox_plan.core.address import Address
from proxbox_plan.model.outcome import ChangeResult, Result


class Run:
    """One apply from its first request to its last."""

    def __init__(self, context: ApplyContext) -> None:
        """Begin with nothing in flight."""
        self._context = context
        self._results = context.results  # made here: nothing is sent yet
        self._in_flight: dict[asyncio.Task[None], Batch] = {}

    @property
    def journal(self) -> Journal:
        """Where each result is written."""
        return self._context.journal

    @property
    def stopped(self) -> str:
        """Why nothing more is sent; empty while it goes on."""
        return self._context.stop.reason

    @property
    def results(self) -> Mapping[Address, ChangeResult]:
        """What became of each change so far."""
        return self._results.by_address

    def stop(self, why: str) -> None:
        """Send nothing more; answers of requests in flight are awaited, but nothing is retried."""
        self._context.stop.request(why)

    async def finish(self, steps: Awaitable[None]) -> None:
        """Await the steps of the run, then every batch in flight, and remove duplicates.

        Whatever is raised meanwhile, also a bug or a cancellation, stops the run and is its reason: what landed until
        then is known, and must not be lost.
        """
        await self._guarded(steps)
        await self._drain()
        await self._guarded(self._remove_duplicates())

    async def look_up_pending(self) -> None:
        """Before resuming: find out what landed without a line in the journal."""
        results = self._results
        pending = results.open(self._context.changes)
        results.uncertain |= {change.address for change in pending}
        await record_landed(
            self._context, [results.located(change) for change in pending if results.can_resolve(change)]
        )

    def skip(self, stale: Mapping[Address, str]) -> None:
        """Leave out what is not as it was planned, for these reasons, and what depends on it."""
        for change in self._context.changes:
            if change.address in stale and change.address not in self.results:
                self._context.schedule.remove(change.address)
                self._results.fail([change], Result.STALE, stale[change.address])

    async def send(self) -> None:
        """Send everything that can be sent."""
        if self._context.progress is not None:
            self._context.progress.started(len(self._results.open(self._context.changes)))
        while self._launch_ready():
            await self._one_batch()
        if not self.stopped and self._results.open(self._context.changes):
            self.stop("the changes that are left wait for each other; this is a bug, please report it")

    def _launch_ready(self) -> bool:
        """Send as many batches as may be in flight at once; return whether any is."""
        context = self._context
        while len(self._in_flight) < context.concurrency.slots and not self.stopped:
            batch = context.schedule.next(self._in_flight.values())
            if batch is None:
                break
            self._launch(batch)
        return bool(self._in_flight)

    def _launch(self, batch: Batch) -> None:
        self._in_flight[asyncio.create_task(self._guarded(send_batch(self._context, batch)))] = batch

    async def _one_batch(self) -> None:
        """Wait until at least one batch in flight has come to its end."""
        done, _ = await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            del self._in_flight[task]
            task.result()  # raises when the task was canceled from outside

    async def _drain(self) -> None:
        """Wait for every answer; a cancellation ends the waiting for it, and what became of the write is unknown."""
        while self._in_flight:
            try:
                await asyncio.wait(self._in_flight)
            except asyncio.CancelledError:
                for task in self._in_flight:
                    task.cancel()
            else:
                self._in_flight.clear()

    async def _remove_duplicates(self) -> None:
        await remove_duplicates(self._context)

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Await some work; whatever it raises stops the run instead."""
        try:
            await work
        except INTERRUPTIONS as error:
            self._context.stop.request_for(error)
