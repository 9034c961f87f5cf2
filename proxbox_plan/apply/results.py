"""Results: what became of each change, and the ids and time stamps NetBox gave, in memory and in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass, field

from proxbox_plan.apply.batches.schedule import Schedule
from proxbox_plan.apply.journal import Earlier, Journal, JournalEntry
from proxbox_plan.apply.stop import Stop
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError, NetBoxError
from proxbox_plan.core.key import Key
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action, Change, Update
from proxbox_plan.model.reference import Ref


@dataclass
class Results:
    """Every result is on disk before what waits for it may be sent."""

    changes: Sequence[Change]
    schedule: Schedule
    journal: Journal
    stop: Stop
    earlier: InitVar[Earlier]  # what an apply that is resumed has landed
    progress: Progress | None = None
    by_address: dict[Address, ChangeResult] = field(default_factory=dict)
    uncertain: set[Address] = field(default_factory=set)
    """Sent once without an answer: each may have happened, or may still happen."""
    _ids: dict[Address, int] = field(default_factory=dict)
    _stamps: dict[tuple[str, int], str] = field(default_factory=dict)
    _owners: set[str] = field(default_factory=set)  # guests and nodes this apply wrote to, with what belongs to them
    _planned: dict[Address, Change] = field(init=False)

    def __post_init__(self, earlier: Earlier) -> None:
        """Begin with what has landed earlier; the time stamps that NetBox gave it then are asked for anew.

        A stamp of a journal is no proof: with that of a later edit, `If-Match` would let the edit be overwritten.
        """
        self._planned = {change.address: change for change in self.changes}
        for entry in earlier.landed.values():
            self._note(JournalEntry(entry.result))

    def resolve(self, ref: Ref) -> int:
        """Return the NetBox id of a reference: planned, or given by NetBox when this apply created the object."""
        number = ref.id or (self._ids.get(ref.address) if ref.address else None)
        if number is None:
            raise NetBoxError(f"{ref.kind} {ref.name!r} has no id yet", hint="This is a bug; please report it.")
        return number

    def located(self, change: Change) -> Change:
        """Return a change with the id of its object: a second pass patches what this apply created."""
        if not isinstance(change, Update) or change.netbox_id is not None:
            return change
        return change.replace(netbox_id=self._ids.get(change.address.first_pass))

    def can_resolve(self, change: Change) -> bool:
        """Whether everything it depends on has an id; otherwise that did not land, and neither did this."""
        needs = (self._planned.get(address) for address in change.depends_on)
        return all(need is None or need.action is not Action.CREATE or need.address in self._ids for need in needs)

    def stamp(self, change: Change) -> str:
        """Return the time stamp of the object of a located change as this run knows it."""
        return self._stamps.get((change.kind, change.target_id or 0)) or change.planned_stamp or ""

    def saw(self, change: Change, stamp: str) -> None:
        """Note a newer time stamp of the object of a located change."""
        self._stamps[change.kind, change.target_id or 0] = stamp

    def is_related(self, change: Change) -> bool:
        """Whether this apply wrote to its guest or node, or to what belongs to it: NetBox may stamp all of it anew."""
        return _owner_of(change.key) in self._owners

    def open(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes that have no result yet."""
        return [change for change in changes if change.address not in self.by_address]

    def done(self, change: Change, number: int, stamp: str | None, message: str = "") -> JournalEntry:
        """Return the entry of a change that landed, to be recorded with the others of its batch."""
        return JournalEntry(_result(change, Result.DONE, message).replace(netbox_id=number), stamp)

    def fail(self, changes: Iterable[Change], result: Result, message: str) -> None:
        """Record changes that did not land, and as blocked what depends on them."""
        failed: list[JournalEntry] = []
        for change in changes:
            failed.append(JournalEntry(_result(change, result, message)))
            blocked = self.schedule.failed(change.address)
            failed += [JournalEntry(_result(item, Result.BLOCKED, f"waits for {change.address}")) for item in blocked]
        self.record(failed)

    def record(self, entries: Sequence[JournalEntry]) -> None:
        """Write results down before anything else is sent, then release what waits for them.

        Results that cannot be written are kept in memory, for the outcome, and nothing more is sent.
        """
        if not entries:
            return
        try:
            self.journal.record(entries)
        except DocumentError as error:
            self.stop.request(error.message)
        finally:  # whatever was raised: these results are true
            for entry in entries:
                self._note(entry)
        for entry in entries:
            if entry.result.result is Result.DONE:
                self.schedule.landed(entry.result.address)
            if self.progress is not None:
                self.progress.finished(entry.result)

    def _note(self, entry: JournalEntry) -> None:
        result = entry.result
        self.by_address[result.address] = result
        change = self._planned.get(result.address)
        if result.result is not Result.DONE or change is None or result.netbox_id is None:
            return
        self._ids[result.address] = result.netbox_id
        if entry.last_updated:
            self._stamps[result.kind, result.netbox_id] = entry.last_updated
        if owner := _owner_of(change.key):
            self._owners.add(owner)


def _owner_of(key: Key | None) -> str:
    """Return the guest or node a key belongs to (`lab/qemu/100`); empty without a key."""
    return key.owner if key is not None else ""


def _result(change: Change, result: Result, message: str) -> ChangeResult:
    return ChangeResult(
        address=change.address,
        kind=change.kind,
        action=change.action,
        name=change.name,
        result=result,
        netbox_id=change.target_id,
        message=message,
    )
