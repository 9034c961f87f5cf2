"""NetBox lock: one apply at a time for all machines: a tag on NetBox with a lease that a live run renews.

NetBox's tags have a unique slug, so creating one is an atomic claim that every server enforces. A lock left behind by
a dead run is named and explained, never broken silently: `proxbox unlock ID` removes it. Only a resumed apply whose
lock file carries the same id goes on with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from proxbox_plan.apply.locks.holder import Holder, Now, is_lock_id
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import LockedError, NetBoxError, ProxboxError, UncertainWriteError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.inventory.changelog import LOCK

LEASE = 300.0  # seconds a lock on NetBox is good for without being renewed
LOCKED_TYPE = "extras.tag"  # of the object that is the lock
_TAGS = "/api/extras/tags/"
_WRITES = " writes"  # in the description, once the run writes
_LONGEST = 200  # characters NetBox takes for a description
_OVER = "The run that took it seems dead"
_AT_WORK = "Another run is at work; wait for it (--lock-timeout SECONDS). If it is dead"
_GONE = 404
_TAKEN = 400


class NetBoxLock:
    """A tag on NetBox that exists while an apply runs; its description says who holds it and until when."""

    def __init__(self, netbox: NetBox, who: Holder, now: Now, lease: float = LEASE) -> None:
        """Name the holder; nothing is sent before `take`."""
        self._netbox = netbox
        self._who = who
        self._now = now
        self._lease = timedelta(seconds=lease)
        self._renewed = self._until = now()
        self._id = 0
        self._writes = False
        self._lost = ""
        self._unsure = False  # whether a tag of ours may exist whose id is not known
        self._on_lost: Callable[[str], None] | None = None
        self._turn = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Create the tag, or go on with our own; LockedError when another run has it.

        A cancellation waits for the answer of a request in flight: it says whether there is a tag to remove.
        """
        moment = self._now()
        claim = asyncio.create_task(self._claimed())
        try:
            self._id, fresh = await asyncio.shield(claim)
        except asyncio.CancelledError:
            self._netbox.shutdown()
            with suppress(ProxboxError):
                self._id, _ = await claim
            raise
        self._renewed, self._until = moment, moment + self._lease
        if not fresh:  # what it says is old: renewed before the first write
            self._renewed -= self._lease
        self._keeper = asyncio.create_task(self._keep())

    async def _claimed(self) -> tuple[int, bool]:
        """Return the id of our tag, and whether it was made just now."""
        body = {"name": LOCK, "slug": LOCK, "color": "f44336", "description": self._description()}
        error: NetBoxError | None = None
        for attempt in range(self._netbox.max_retries + 1):
            try:
                answer = await self._netbox.write("POST", _TAGS, body)
                return int(answer["id"]), True
            except UncertainWriteError as lost:
                error, self._unsure = lost, True
                await self._netbox.pause(attempt, lost)
            except NetBoxError as refused:
                error = refused
                if refused.status != _TAKEN:
                    raise
            found = await read_netbox_lock(self._netbox)
            if found is not None:
                return self._own(found), False
        raise error or AssertionError

    def _own(self, found: dict[str, Any]) -> int:
        """Return the id of a tag that exists and is ours: its answer was lost, or the run that we resume created it."""
        text = str(found.get("description", ""))
        if _id_of(found) == self._who.id:
            return int(found["id"])
        self._unsure = False
        until = text.rpartition(" until ")[2]
        over = until < moment_text(self._now())
        state = "is left on NetBox, and its lease is over" if over else "is held on NetBox"
        raise LockedError(
            f"The apply lock {state}: {text.partition(' ')[2]}",
            hint=f"{_OVER if over else _AT_WORK}: {_removal(_id_of(found))}",
            at_work=not over,
        )

    def _description(self) -> str:
        until = moment_text(self._now() + self._lease)
        who = self._who
        what = f"{who.id} plan {who.plan}{_WRITES if self._writes else ''}"
        return f"{what} {who.user[:30]}@{who.host[:60]} pid {who.pid} until {until}"[:_LONGEST]

    def when_lost(self, tell: Callable[[str], None]) -> None:
        """Call `tell` with the reason when the lock is not ours any more."""
        self._on_lost = tell

    async def note_writing(self) -> None:
        """Let the lock say that its run writes from now on, so that NetBox's changelog says it ever after.

        For a NetBox whose changelog has no messages; `wrote` recognizes it.
        """
        async with self._turn:
            self._writes = True
            await self._netbox.write("PATCH", f"{_TAGS}{self._id}/", {"description": self._description()})

    async def confirm(self) -> None:
        """Verify before a write that the lock is still ours; NetBox is asked when the lease was not renewed lately."""
        async with self._turn:
            if self._now() - self._renewed >= self._lease / 3:
                await self._renew()
        self.check()

    def check(self) -> None:
        """Raise LockedError when the lock is known to be lost, or its lease ran out without being renewed."""
        if self._lost:
            raise LockedError(self._lost, hint="Find out who took it; then `proxbox apply --resume`.")
        if self._now() >= self._until:
            raise LockedError(
                "Our lock on NetBox could not be renewed in time, so another run may have it",
                hint="`proxbox apply --resume` when NetBox answers again.",
            )

    async def _keep(self) -> None:
        while not self._lost:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            async with self._turn:
                await self._renew()

    async def _renew(self) -> None:
        """Extend the lease of exactly the tag we created; its id is never used again, so 404 means it was removed."""
        moment = self._now()
        try:
            await self._netbox.write(
                "PATCH", f"{_TAGS}{self._id}/", {"description": self._description()}, patient=False
            )
        except NetBoxError as error:
            if error.status == _GONE:
                self._lost = "our lock on NetBox was removed while we were at work"
                if self._on_lost is not None:
                    self._on_lost(self._lost)
            return
        self._renewed, self._until = moment, moment + self._lease

    async def release(self) -> bool:
        """Delete the tag if there is one; false when NetBox would not say that it is gone."""
        if not self._id:
            return not self._unsure
        if self._keeper is not None:
            self._keeper.cancel()
        for _ in range(2):
            try:
                await self._netbox.write("DELETE", f"{_TAGS}{self._id}/", {}, patient=False)
            except UncertainWriteError:
                continue  # a second DELETE is answered with 404 when the first one worked
            except NetBoxError as error:
                return error.status == _GONE
            return True
        return False


def wrote(description: str, plan_id: str) -> bool:
    """Whether the description that a lock once had says that a run of this plan wrote."""
    return f" plan {plan_id}{_WRITES} " in description


async def read_netbox_lock(netbox: NetBox) -> dict[str, Any] | None:
    """Return the tag that is the lock; null when it is free."""
    return await anext((row async for row in netbox.rows(_TAGS, {"slug": [LOCK]})), None)


async def unlock_netbox(netbox: NetBox, lock_id: str) -> bool:
    """Remove the lock with that id from NetBox; false when the lock there is another, or none."""
    found = await read_netbox_lock(netbox)
    if found is None or _id_of(found) != lock_id or not is_lock_id(lock_id):
        return False
    await netbox.write("DELETE", f"{_TAGS}{found['id']}/", {})
    return True


def _removal(lock_id: str) -> str:
    """Return how to remove the lock; whoever may edit tags wrote what is no id of ours, so it is not quoted."""
    return f"proxbox unlock {lock_id}" if is_lock_id(lock_id) else f"delete the tag {LOCK} in NetBox"


def _id_of(tag: dict[str, Any]) -> str:
    return str(tag.get("description", "")).partition(" ")[0]
