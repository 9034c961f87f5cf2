"""Results: what became of each change, and the ids and time stamps NetBox gave, in memory and in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from proxbox_plan.apply.batches.schedule import Schedule
from proxbox_plan.apply.journal import Entry, Journal
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError, NetBoxError
from proxbox_plan.core.key import Key
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action, Change, Update
from proxbox_plan.model.reference import Ref


class Results:
    """Every result is on disk before what waited for it may be sent."""

    def __init__(  # noqa: PLR0913 # its collaborators, each handed in so that tests can replace it
        self,
        changes: Sequence[Change],
        schedule: Schedule,
        journal: Journal,
        stop: Callable[[str], None],
        progress: Progress | None,
        earlier: Mapping[Address, Entry],
    ) -> None:
        """Start from what an earlier run has landed; `stop` is told when the journal can't be written."""
        self.results: dict[Address, ChangeResult] = {}
        self.uncertain: set[Address] = set()  # sent once without an answer; it may have happened, or may still happen
        self._schedule = schedule
        self._journal = journal
        self._stop = stop
        self._progress = progress
        self._ids: dict[Address, int] = {}
        self._stamps: dict[tuple[str, int], str] = {}
        self._families: set[str] = set()
        self._changes = {change.address: change for change in changes}
        for entry in earlier.values():
            self._note(entry)

    def resolve(self, ref: Ref) -> int:
        """Return the NetBox id of a reference: known when planned, or given when it was created."""
        number = ref.id or (self._ids.get(ref.address) if ref.address else None)
        if number is None:
            raise NetBoxError(f"{ref.kind} {ref.name!r} has no id yet", hint="This is a bug; please report it.")
        return number

    def located(self, change: Change) -> Change:
        """Return a change with the id of its object: a second pass patches what was created on the way."""
        if not isinstance(change, Update) or change.netbox_id is not None:
            return change
        return change.replace(netbox_id=self._ids.get(change.address.object))

    def can_resolve(self, change: Change) -> bool:
        """Whether all it refers to has an id; otherwise that did not land, and so neither did this."""
        needs = (self._changes.get(address) for address in change.depends_on)
        return all(need is None or need.action is not Action.CREATE or need.address in self._ids for need in needs)

    def stamp(self, change: Change) -> str:
        """Return the time stamp of the object of a located change as this run knows it."""
        return self._stamps.get((change.kind, change.target_id or 0)) or change.planned_stamp or ""

    def saw(self, change: Change, stamp: str) -> None:
        """Note a newer time stamp of the object of a located change."""
        self._stamps[change.kind, change.target_id or 0] = stamp

    def is_related(self, change: Change) -> bool:
        """Whether this apply wrote to its guest or node: NetBox may stamp it anew when what hangs off it changes."""
        return _family(change.key) in self._families

    def open(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes that have no result yet."""
        return [change for change in changes if change.address not in self.results]

    def done(self, change: Change, number: int, stamp: str | None, words: str = "") -> Entry:
        """Return the entry of a change that landed, to be recorded with the others of its batch."""
        return Entry(_result(change, Result.DONE, words).replace(netbox_id=number), stamp)

    def fail(self, changes: Iterable[Change], result: Result, words: str) -> None:
        """Record changes that did not land, and with them what depends on them."""
        failed: list[Entry] = []
        for change in changes:
            failed.append(Entry(_result(change, result, words)))
            blocked = self._schedule.failed(change.address)
            failed += [Entry(_result(item, Result.BLOCKED, f"waits for {change.address}")) for item in blocked]
        self.record(failed)

    def record(self, entries: Sequence[Entry]) -> None:
        """Write results down before anything else is sent, then let go what waited for them.

        Results that can't be written are kept in memory, for the outcome, and nothing more is sent.
        """
        if not entries:
            return
        try:
            self._journal.record(entries)
        except DocumentError as error:
            self._stop(error.message)
        for entry in entries:
            self._note(entry)
            if entry.result.result is Result.DONE:
                self._schedule.landed(entry.result.address)
            if self._progress is not None:
                self._progress.finished(entry.result)

    def _note(self, entry: Entry) -> None:
        result = entry.result
        self.results[result.address] = result
        change = self._changes.get(result.address)
        if result.result is not Result.DONE or change is None or result.netbox_id is None:
            return
        self._ids[result.address] = result.netbox_id
        if entry.last_updated:
            self._stamps[result.kind, result.netbox_id] = entry.last_updated
        if family := _family(change.key):
            self._families.add(family)


def _family(key: Key | None) -> str:
    """Return the guest or node a key belongs to (`lab/qemu/100`): NetBox touches it with its children."""
    return key.owner if key is not None else ""


def _result(change: Change, result: Result, words: str) -> ChangeResult:
    return ChangeResult(
        address=change.address,
        kind=change.kind,
        action=change.action,
        name=change.name,
        result=result,
        netbox_id=change.target_id,
        message=words,
    )
