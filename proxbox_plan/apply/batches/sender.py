"""Sender: gets one batch through: takes a rejected one apart, and looks before it repeats anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.batches.bodies import Writer, etag
from proxbox_plan.apply.batches.lookup import Lookup
from proxbox_plan.apply.batches.rejection import rejected
from proxbox_plan.apply.batches.schedule import Batch
from proxbox_plan.apply.concurrency.staleness import EDITED, GONE, Staleness
from proxbox_plan.apply.results import Results
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError
from proxbox_plan.model.inventory import KEY_FIELD
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Change

IF_MATCH_SINCE = (4, 6)
_WEAK = "NetBox {version} knows no If-Match: compared with the plan right before the write, not in it"
_SHARED = "was there already, as planned: another plan made it"
_REFUSED = "NetBox refused the precondition although nothing was edited"
_FORBIDDEN = 403
_PRECONDITION_FAILED = 412
_TOO_LARGE = (413, 414, 431)
_REJECTED = (400, 409)
_BROKEN = 500
_MOST_ROUNDS = 5  # an object that changes before each of so many tries is left to whoever changes it


class Guard(Protocol):
    """Who says whether this run may still write."""

    async def confirm(self) -> None:
        """Raise LockedError when it may not; may ask NetBox."""

    def check(self) -> None:
        """Raise LockedError when it is known that it may not."""


class Sender:
    """Gives every change of a batch a result, or raises what the run must stop for.

    Whatever goes wrong between a write and its result leaves the change without one: it is looked up at the next try,
    in this run or in the one that resumes it.
    """

    def __init__(  # noqa: PLR0913 # its collaborators, each handed in so that tests can replace it
        self,
        netbox: NetBox,
        kinds: Mapping[str, Kind],
        results: Results,
        concurrency: AdaptiveConcurrency,
        *,
        writer: Writer,
        lookup: Lookup,
        staleness: Staleness,
        guard: Guard,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Take what a batch needs on its way."""
        self._netbox = netbox
        self._kinds = kinds
        self._results = results
        self._concurrency = concurrency
        self._writer = writer
        self._lookup = lookup
        self._staleness = staleness
        self._guard = guard
        self._is_stopped = is_stopped
        self._conditional = netbox.version >= IF_MATCH_SINCE
        self._words = "" if self._conditional else _WEAK.format(version=netbox.version_text)

    async def send(self, batch: Batch) -> None:
        """Send a batch until each of its changes has a result; NetBoxError or LockedError when the run must stop."""
        changes = [self._results.located(change) for change in batch.changes]
        if batch.method == "POST" or self._conditional:
            await self._attempt(batch.method, changes, 0)
        else:
            await self._sort_out(batch.method, changes, 0)

    async def _attempt(self, method: str, changes: Sequence[Change], tries: int) -> None:
        """Send one request and settle each of its changes."""
        await self._guard.confirm()
        try:
            answer = await self._request(method, changes)
        except UncertainWriteError as error:
            await self._after_lost_answer(method, changes, tries, error)
        except NetBoxError as error:
            await self._after_refusal(method, changes, tries, error)
        else:
            await self._after_answer(method, changes, tries, answer)

    async def _request(self, method: str, changes: Sequence[Change]) -> Any:
        headers: dict[str, str] = {}
        if method != "POST" and self._conditional:
            headers["If-Match"] = ", ".join(etag(self._results.stamp(change)) for change in changes)
        bodies = [self._writer.body(change, change.target_id) for change in changes]
        path = self._kinds[changes[0].kind].path
        request = self._concurrency.begin((changes[0].kind, method), len(changes))
        worked = False
        try:
            answer = await self._netbox.write(method, path, bodies, headers=headers, allowed=self._guard.check)
            worked = True
        finally:
            self._concurrency.end(request, worked=worked)
        return answer

    async def _after_answer(self, method: str, changes: Sequence[Change], tries: int, answer: Any) -> None:
        """Record what an answer says; one that does not name our objects says nothing."""
        rows = _rows_of(method, changes, answer)
        if rows is None:
            lost = UncertainWriteError(f"the answer of {method} does not name the objects that were sent", delay=0.0)
            return await self._after_lost_answer(method, changes, tries, lost)
        self._results.record(
            [
                self._results.done(change, row["id"], row.get("last_updated"), "" if method == "POST" else self._words)
                for change, row in zip(changes, rows, strict=True)
            ]
        )
        return None

    async def _after_lost_answer(
        self, method: str, changes: Sequence[Change], tries: int, error: UncertainWriteError
    ) -> None:
        """Look up what happened; what did not is tried again, a bounded number of times."""
        self._results.uncertain |= {change.address for change in changes}
        if error.status != _BROKEN:
            self._concurrency.too_busy()
        await self._netbox.pause(tries, error)
        rest = await self._without_landed(changes)
        if not rest or self._is_stopped():
            return
        if tries < self._netbox.max_retries:
            await self._again(method, rest, tries + 1)
        elif error.status != _BROKEN:
            raise NetBoxError(f"NetBox does not answer: {error.message}")
        elif len(rest) > 1:  # it answers, but not to this request: one of its objects may be to blame
            await self._halve(method, rest, tries)
        else:
            self._results.fail(rest, Result.FAILED, error.message)

    async def _without_landed(self, changes: Sequence[Change]) -> list[Change]:
        found = await self._lookup.landed(changes)
        landed = [(change, found[change.address]) for change in changes if change.address in found]
        self._results.record([self._results.done(change, item.id, item.last_updated) for change, item in landed])
        return [change for change in changes if change.address not in found]

    async def _again(self, method: str, changes: Sequence[Change], tries: int) -> None:
        if method == "POST" or self._conditional:
            await self._attempt(method, changes, tries)
        else:
            await self._sort_out(method, changes, tries)

    async def _halve(self, method: str, changes: Sequence[Change], tries: int) -> None:
        middle = len(changes) // 2
        for half in (changes[:middle], changes[middle:]):
            if not self._is_stopped():
                await self._again(method, half, tries)

    async def _after_refusal(self, method: str, changes: Sequence[Change], tries: int, error: NetBoxError) -> None:
        """Take a refusal apart; what concerns more than these changes stops the run."""
        if error.status == _PRECONDITION_FAILED:
            await self._sort_out(method, changes, tries, refused=True)
        elif error.status in _TOO_LARGE and len(changes) > 1:
            self._concurrency.too_large(len(changes))
            await self._halve(method, changes, tries)
        elif _can_be_parted(error, changes):
            await self._take_apart(method, changes, tries, error)
        elif error.status in _TOO_LARGE or (error.status == _FORBIDDEN and await self._may_read(changes[0].kind)):
            self._results.fail(changes, Result.FAILED, error.message)
        else:
            raise error

    async def _may_read(self, kind: str) -> bool:
        """Whether the token opens anything at all; otherwise all that is left would be refused, too."""
        try:
            await self._netbox.get(self._kinds[kind].path, {"limit": 1, "fields": "id"})
        except NetBoxError:
            return False
        return True

    async def _take_apart(self, method: str, changes: Sequence[Change], tries: int, error: NetBoxError) -> None:
        """Report the rejected objects in NetBox's words and send the others again; bisect when it names none."""
        bad = {changes[index].address: words for index, words in rejected(error, _ids(changes)).items()}
        rest = await self._without_shared(await self._without_late(method, changes, bad), bad)
        if len(rest) == len(changes) == 1:
            bad = {rest[0].address: bad.get(rest[0].address, error.message)}
        for change in rest:
            if change.address in bad:
                self._results.fail([change], Result.FAILED, bad[change.address])
        good = self._results.open(rest)
        if not good or self._is_stopped():
            return
        if len(good) < len(changes):
            await self._again(method, good, tries)
        else:
            await self._halve(method, good, tries)

    async def _without_late(self, method: str, changes: Sequence[Change], bad: Mapping[Address, str]) -> list[Change]:
        """Record what was rejected only because it has landed: by a request whose answer was lost, or by a cascade."""
        suspects = [
            change
            for change in changes
            if (change.address in bad or not bad) and (method == "DELETE" or change.address in self._results.uncertain)
        ]
        left = await self._without_landed(suspects) if suspects else []
        gone = {change.address for change in suspects} - {change.address for change in left}
        return [change for change in changes if change.address not in gone]

    async def _without_shared(self, changes: Sequence[Change], bad: Mapping[Address, str]) -> list[Change]:
        """Record shared objects (tags, roles, ...) that another plan made since ours, exactly as ours would."""
        shared = [change for change in changes if change.action is Action.CREATE and change.key is None]
        suspects = [change for change in shared if change.address in bad or not bad]
        found = await self._lookup.made_by_others(suspects) if suspects else {}
        there = [(change, found[change.address]) for change in suspects if change.address in found]
        self._results.record(
            [self._results.done(change, item.id, item.last_updated, _SHARED) for change, item in there]
        )
        return [change for change in changes if change.address not in found]

    async def _sort_out(self, method: str, changes: Sequence[Change], tries: int, *, refused: bool = False) -> None:
        """Part the edited from the untouched and send those; an object only this run wrote to counts as untouched."""
        parted = await self._staleness.part(changes)
        self._results.record(parted.landed)
        self._results.fail(parted.edited, Result.STALE, EDITED)
        self._results.fail(parted.gone, Result.STALE, GONE)
        good = parted.good
        if not good or self._is_stopped():
            return
        hopeless = not parted.newer or tries > self._netbox.max_retries + _MOST_ROUNDS
        if refused and len(good) == len(changes) and hopeless:
            self._results.fail(good, Result.STALE, _REFUSED)
        else:
            await self._attempt(method, good, tries + refused)


def _ids(changes: Sequence[Change]) -> list[int | None]:
    return [None if change.action is Action.CREATE else change.target_id for change in changes]


def _can_be_parted(error: NetBoxError, changes: Sequence[Change]) -> bool:
    """Whether a refusal is about some of the objects; one that forbids the whole kind names none."""
    if error.status == _FORBIDDEN:
        return bool(rejected(error, _ids(changes)))
    return error.status in _REJECTED and (error.body is not None or len(changes) > 1)


def _rows_of(method: str, changes: Sequence[Change], answer: Any) -> list[dict[str, Any]] | None:
    """Return the row of each change: creations are answered in order, updates in any; null when one is missing."""
    if method == "DELETE":
        return [{"id": change.target_id} for change in changes]
    rows = [row for row in answer if isinstance(row, dict) and "id" in row] if isinstance(answer, list) else []
    if method == "POST":
        whole = len(rows) == len(changes) and all(map(_is_of, rows, changes))
        return rows if whole else None
    by_id = {row["id"]: row for row in rows}
    found = [by_id[change.target_id] for change in changes if change.target_id in by_id]
    return found if len(found) == len(changes) else None


def _is_of(row: Mapping[str, Any], change: Change) -> bool:
    """Whether a row is what a creation made, as far as its key says."""
    return change.key is None or (row.get("custom_fields") or {}).get(KEY_FIELD) == change.key
