"""Run: sends a plan batch by batch, takes rejected batches apart, and looks before it repeats anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from proxbox_plan.applier.bodies import Writer, etag
from proxbox_plan.applier.journal import Journal
from proxbox_plan.applier.lookup import Lookup
from proxbox_plan.applier.preconditions import stamps
from proxbox_plan.applier.rejection import rejected
from proxbox_plan.applier.schedule import Batch, Schedule
from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.errors import NetBoxError, UncertainWriteError
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.values import Ref

_PRECONDITION_FAILED = 412
_TOO_LARGE = (413, 414, 431)
_REJECTED = (400, 409)
_IF_MATCH_SINCE = (4, 6)


class Progress(Protocol):
    """Who wants to know how far an apply is."""

    def started(self, total: int) -> None:
        """So many changes are to be made."""

    def advanced(self, label: str) -> None:
        """One more change is finished."""


class Run:
    """The state of one apply: what landed, which ids and stamps NetBox gave, what is still to do."""

    def __init__(  # noqa: PLR0913 # its collaborators, each handed in so that tests can replace it
        self, netbox: NetBox, kinds: Mapping[str, Kind], changes: Sequence[Change], *, message: str, size: int,
        journal: Journal, progress: Progress | None = None, landed: Mapping[str, ChangeResult] | None = None,
    ) -> None:  # fmt: skip
        """Start from what an earlier run has landed."""
        self.results: dict[str, ChangeResult] = dict(landed or {})
        self.stopped = ""
        self._netbox = netbox
        self._kinds = kinds
        self._changes = changes
        self._journal = journal
        self._progress = progress
        self._ids = {address: result.netbox_id for address, result in self.results.items() if result.netbox_id}
        self._stamps: dict[tuple[str, int], str] = {}
        self._touched: set[tuple[str, int]] = set()
        self._families: set[str] = set()
        self._keys = {change.address: change.key for change in changes}
        self._tries: dict[str, int] = {}
        self._writer = Writer(kinds, netbox.version, message, self.resolve)
        self._lookup = Lookup(netbox, kinds, self.resolve)
        self._schedule = Schedule.of(changes, frozenset(self.results), size)
        self._on_landed: Callable[[], None] | None = None

    def resolve(self, ref: Ref) -> int:
        """Return the NetBox id of a reference: known when planned, or given when it was created."""
        number = ref.id or self._ids.get(ref.address or "")
        if number is None:
            raise NetBoxError(f"{ref.kind} {ref.name!r} has no id yet", hint="This is a bug; please report it.")
        return number

    def stop(self, why: str) -> None:
        """Send nothing more; what is on the way is waited for."""
        self.stopped = self.stopped or why

    async def look_up_pending(self) -> None:
        """Before resuming: find out what landed although nobody wrote it down."""
        todo = [change for change in self._changes if change.address not in self.results and self._resolvable(change)]
        found = await self._lookup.landed(todo)
        results = [self._done(change, found[change.address].id) for change in todo if change.address in found]
        self._finish(results)

    def _resolvable(self, change: Change) -> bool:
        """Whether every reference has an id; otherwise what it refers to did not land, and so neither did this."""
        return all(address in self._ids for address in change.depends_on if self._creates(address))

    def _creates(self, address: str) -> bool:
        return any(change.address == address and change.action is Action.CREATE for change in self._changes)

    def skip(self, stale: Iterable[Change]) -> None:
        """Leave out what was edited since the plan was made, and what depends on it."""
        for change in stale:
            if change.address not in self.results:
                self._fail([change], Result.STALE, "edited in NetBox since the plan was made")

    async def send(self) -> None:
        """Send everything that can be sent."""
        if self._progress is not None:
            self._progress.started(len(self._changes) - len(self.results))
        active: set[asyncio.Task[None]] = set()
        try:
            while True:
                while len(active) < self._netbox.max_concurrent and not self.stopped:
                    batch = self._schedule.next(idle=not active)
                    if batch is None:
                        break
                    active.add(asyncio.create_task(self._send(batch)))
                if not active:
                    return
                done, active = await asyncio.wait(active, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            if active:
                await asyncio.wait(active)

    async def _send(self, batch: Batch) -> None:
        try:
            await self._attempt(batch.kind, batch.method, list(batch.changes))
        except UncertainWriteError as error:
            await self._after_lost_answer(batch, error)
        except NetBoxError as error:
            if error.status is None:  # no connection at all: the rest would fare no better
                self._schedule.again(batch.changes)
                self.stop(error.message)
            else:
                self._fail(batch.changes, Result.FAILED, error.message)

    async def _attempt(self, kind: str, method: str, changes: list[Change]) -> None:
        """Send one request; on rejection the good ones go again without the bad ones."""
        try:
            answer = await self._request(kind, method, changes)
        except UncertainWriteError:
            raise
        except NetBoxError as error:
            if error.status == _PRECONDITION_FAILED:
                await self._sort_out_stale(kind, method, changes)
            elif error.status in _TOO_LARGE and len(changes) > 1:
                await self._halve(kind, method, changes)
            elif error.status in _REJECTED:
                await self._take_apart(kind, method, changes, error)
            else:
                raise
        else:
            self._land(changes, answer)

    async def _request(self, kind: str, method: str, changes: list[Change]) -> Any:
        headers: dict[str, str] = {}
        if method != "POST" and self._netbox.version >= _IF_MATCH_SINCE:
            headers["If-Match"] = ", ".join(etag(self._stamp(change)) for change in changes)
        bodies = [self._writer.body(change, self._body_id(change)) for change in changes]
        return await self._netbox.write(method, self._kinds[kind].path, bodies, headers=headers)

    def _stamp(self, change: Change) -> str:
        number = self._number(change)
        return self._stamps.get((change.kind, number)) or change.last_updated or ""

    def _number(self, change: Change) -> int:
        """NetBox id of the object a change patches: a second pass patches what was created on the way."""
        return change.netbox_id or self._ids[change.address.partition("#")[0]]

    async def _halve(self, kind: str, method: str, changes: list[Change]) -> None:
        middle = len(changes) // 2
        await self._attempt(kind, method, changes[:middle])
        await self._attempt(kind, method, changes[middle:])

    async def _take_apart(self, kind: str, method: str, changes: list[Change], error: NetBoxError) -> None:
        """Report the rejected objects in NetBox's words and send the others again; bisect when it names none."""
        bad = rejected(error, [self._body_id(change) for change in changes])
        if method == "DELETE" and not bad:
            changes = await self._without_gone(changes)
        if len(changes) == 1 and not bad:
            bad = {0: error.message}
        for index, words in bad.items():
            self._fail([changes[index]], Result.FAILED, words)
        rest = [change for index, change in enumerate(changes) if index not in bad]
        if rest and bad:
            await self._attempt(kind, method, rest)
        elif len(rest) > 1:
            await self._halve(kind, method, rest)

    def _body_id(self, change: Change) -> int | None:
        return None if change.action is Action.CREATE else self._number(change)

    async def _without_gone(self, changes: list[Change]) -> list[Change]:
        """A deletion of what is gone already has landed (aiohttp repeats a DELETE whose connection broke)."""
        found = await self._lookup.landed(changes)
        gone = [change for change in changes if change.address in found]
        self._finish([self._done(change, change.netbox_id) for change in gone])
        return [change for change in changes if change.address not in found]

    async def _sort_out_stale(self, kind: str, method: str, changes: list[Change]) -> None:
        """Part the edited from the untouched; an object only this run itself touched is compared field by field."""
        now = await stamps(self._netbox, self._kinds, [self._with_id(change) for change in changes])
        good: list[Change] = []
        for change in changes:
            number = self._number(change)
            stamp = now.get((kind, number))
            if stamp == self._stamp(change) or (stamp is not None and await self._only_ours(change, number, stamp)):
                good.append(change)
            else:
                self._fail([change], Result.STALE, "edited in NetBox since the plan was made")
        if good and (len(good) < len(changes) or self._moved(kind, good)):
            await self._attempt(kind, method, good)
        elif good:
            self._fail(good, Result.STALE, "NetBox refused the precondition although nothing was edited")

    def _moved(self, kind: str, changes: list[Change]) -> bool:
        return any((kind, self._number(change)) in self._touched for change in changes)

    async def _only_ours(self, change: Change, number: int, stamp: str) -> bool:
        """Whether only this run touched it: NetBox stamps a guest anew when what hangs off it changes."""
        if _family(change.key) not in self._families:
            return False
        row = await self._netbox.get(f"{self._kinds[change.kind].path}{number}/")
        if not self._lookup.agrees(self._kinds[change.kind], change, row, after=False):
            return False
        self._stamps[change.kind, number] = stamp
        self._touched.add((change.kind, number))
        return True

    def _with_id(self, change: Change) -> Change:
        return change.model_copy(update={"netbox_id": self._number(change)})

    async def _after_lost_answer(self, batch: Batch, error: UncertainWriteError) -> None:
        """Look up what happened; what did not is tried again, a bounded number of times."""
        try:
            await self._netbox.pause(self._tries.get(batch.changes[0].address, 0), error)
            todo = [change for change in batch.changes if change.address not in self.results]
            found = await self._lookup.landed([self._with_links(change) for change in todo])
        except NetBoxError as failed:
            self._schedule.again(change for change in batch.changes if change.address not in self.results)
            self.stop(failed.message)
            return
        self._finish([self._done(change, found[change.address].id) for change in todo if change.address in found])
        for change in todo:
            if change.address in found:
                if stamp := found[change.address].last_updated:
                    self._stamps[change.kind, found[change.address].id] = stamp
                continue
            self._tries[change.address] = self._tries.get(change.address, 0) + 1
            if self._tries[change.address] > self._netbox.max_retries:
                self.stop(f"NetBox does not answer: {error.message}")
            self._schedule.again([change])

    def _with_links(self, change: Change) -> Change:
        return change if change.action is Action.CREATE else self._with_id(change)

    def _land(self, changes: list[Change], answer: Any) -> None:
        rows = answer if isinstance(answer, list) else []
        by_id = {row["id"]: row for row in rows}
        done: list[ChangeResult] = []
        for index, change in enumerate(changes):
            row = rows[index] if change.action is Action.CREATE else by_id.get(self._number(change), {})
            number = row.get("id") or self._number(change)
            if row.get("last_updated"):
                self._stamps[change.kind, number] = row["last_updated"]
            done.append(self._done(change, number))
        self._finish(done)

    def _done(self, change: Change, number: int | None) -> ChangeResult:
        if number is not None:
            self._ids[change.address] = number
        return ChangeResult(address=change.address, kind=change.kind, action=change.action, name=change.name,
                            result=Result.DONE, netbox_id=number)  # fmt: skip

    def _fail(self, changes: Iterable[Change], result: Result, words: str) -> None:
        failed: list[ChangeResult] = []
        for change in changes:
            failed.append(_result(change, result, words))
            blocked = self._schedule.failed(change.address)
            failed += [_result(item, Result.BLOCKED, f"waits for {change.address}") for item in blocked]
        self._finish(failed)

    def _finish(self, results: list[ChangeResult]) -> None:
        """Write results down before anything else is sent, then let go what waited for them."""
        if not results:
            return
        self._journal.record(results)
        for result in results:
            self.results[result.address] = result
            if result.result is Result.DONE:
                self._families.add(_family(self._keys[result.address]))
                self._schedule.landed(result.address)
            if self._progress is not None:
                self._progress.advanced(result.name)


def _family(key: str | None) -> str:
    """Return the guest or node a key belongs to (`lab/qemu/100`): NetBox touches it with its children."""
    return "/".join((key or "").partition("~")[0].split("/")[:3])


def _result(change: Change, result: Result, words: str) -> ChangeResult:
    return ChangeResult(address=change.address, kind=change.kind, action=change.action, name=change.name,
                        result=result, netbox_id=change.netbox_id, message=words)  # fmt: skip
