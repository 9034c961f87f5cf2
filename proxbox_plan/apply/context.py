"""Context: everything one apply works with, in one value that its parts are handed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.batches.bodies import Writer
from proxbox_plan.apply.batches.lookup import LandedLookup
from proxbox_plan.apply.batches.schedule import Schedule
from proxbox_plan.apply.concurrency.own_changes import Changelog
from proxbox_plan.apply.journal import Earlier, Journal
from proxbox_plan.apply.results import Results
from proxbox_plan.apply.stop import Stop
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.netbox_versions import IF_MATCH
from proxbox_plan.model.plan import Change, Delete


class Guard(Protocol):
    """Says whether this apply may still write: the lock on NetBox."""

    async def confirm(self) -> None:
        """Raise LockedError when it may not; may ask NetBox."""

    def check(self) -> None:
        """Raise LockedError when it is known that it may not."""


@dataclass(frozen=True)
class ApplyContext:
    """What an apply is given, and the collaborators that are made of it when they are first asked for."""

    netbox: NetBox
    kinds: Mapping[str, Kind]
    changes: Sequence[Change]
    journal: Journal
    concurrency: AdaptiveConcurrency
    guard: Guard
    stamp: str = ""  # every message of this plan in NetBox's changelog starts with it
    collected: Mapping[str, str] = field(default_factory=dict)  # cluster -> when its state was collected
    read_at: str | None = None  # since when what is decommissioned is: NetBox's clock
    message: str = ""  # of this apply in NetBox's changelog
    earlier: Earlier = field(default_factory=Earlier)  # what an apply that is resumed has landed
    since: int | None = None  # newest entry of NetBox's changelog when all objects were as planned, if that is known
    progress: Progress | None = None

    @property
    def has_if_match(self) -> bool:
        """Whether NetBox itself compares an object with the plan when it is written."""
        return IF_MATCH.is_in(self.netbox.version)

    def is_compared(self, changes: Iterable[Change]) -> bool:
        """Whether NetBox compares these objects: it cannot when one has no time stamp, as very old ones have none."""
        return self.has_if_match and all(map(self.results.stamp, changes))

    @cached_property
    def stop(self) -> Stop:
        """Whether anything more is sent."""
        return Stop(self.netbox)

    @cached_property
    def schedule(self) -> Schedule:
        """The changes that are not sent yet."""
        return Schedule.of(self.changes, frozenset(self.earlier.landed), self.concurrency, self.kinds)

    @cached_property
    def results(self) -> Results:
        """What became of each change."""
        return Results(self.changes, self.schedule, self.journal, self.stop, self.earlier, self.progress)

    @cached_property
    def lookup(self) -> LandedLookup:
        """Finds in NetBox what has landed."""
        return LandedLookup(self.netbox, self.kinds, self.results.resolve)

    @cached_property
    def writer(self) -> Writer:
        """Makes the bodies of requests."""
        return Writer(self.kinds, self.netbox.version, self.message, self.results.resolve, self.collected, self.read_at)

    @cached_property
    def deleted(self) -> frozenset[tuple[str, int | None]]:
        """What the plan deletes by changes of their own: NetBox's type and id."""
        deletes = (change for change in self.changes if isinstance(change, Delete))
        return frozenset((self.kinds[change.kind].object_type, change.netbox_id) for change in deletes)

    @cached_property
    def dependents(self) -> DependentsReader:
        """Shows what NetBox would delete or empty along with an object."""
        return DependentsReader(self.netbox, self.kinds)

    @cached_property
    def changelog(self) -> Changelog:
        """Shows who changed an object since the apply began."""
        return Changelog(self.netbox, self.kinds, self.since, self.stamp)
