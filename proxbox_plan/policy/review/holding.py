"""Holding: what is held with a held change: what cannot be made without it, and what would be made for it alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Delete, HoldReason, Move, Reason
from proxbox_plan.model.reference import refs_of
from proxbox_plan.policy.review.judgment import Hold, Judgment
from proxbox_plan.policy.review.parts import keys_of

_GOING: Final = frozenset({Reason.GONE, Reason.EXPIRED, Reason.REPLACED})
_GOING_ALONG: Final = frozenset({Reason.PARENT_GONE, Reason.REPLACED})
# NetBox writes the site of all machines of a cluster when its scope is written.
_CLUSTER, _SCOPE, _SITE = "cluster", "scope", "site"


def with_held(
    changes: Sequence[Change], kinds: Mapping[str, Kind], own: Mapping[Address, Judgment]
) -> dict[Address, Judgment]:
    """Return the judgments with all that is held along: the same whatever order the changes are in."""
    judgments = dict(own)
    if any(judgment.hold for judgment in own.values()):
        _Spread.of(changes, kinds, judgments).run()
    return judgments


@dataclass(frozen=True)
class _Spread:
    """Goes from each held change to what it holds along, until there is nothing more."""

    kinds: Mapping[str, Kind]
    judgments: dict[Address, Judgment]
    changes: Mapping[Address, Change]
    dependents: Mapping[Address, list[Change]]  # what depends on each change
    steps: Mapping[object, list[Change]]  # the changes of each object
    parts: Mapping[str, list[Change]]  # what goes with a guest or node that goes, by its key
    releasing: Mapping[object, list[Change]]  # what empties a field that refers to an object
    scoping: Mapping[str | None, list[Change]]  # what writes the scope of each cluster
    ahead: deque[Change] = field(default_factory=deque)

    @classmethod
    def of(cls, changes: Sequence[Change], kinds: Mapping[str, Kind], judgments: dict[Address, Judgment]) -> _Spread:
        dependents: dict[Address, list[Change]] = {}
        steps: dict[object, list[Change]] = {}
        parts: dict[str, list[Change]] = {}
        releasing: dict[object, list[Change]] = {}
        scoping: dict[str | None, list[Change]] = {}
        for change in changes:
            for needed in change.depends_on:
                dependents.setdefault(needed, []).append(change)
            for name in objects_of(change):
                steps.setdefault(name, []).append(change)
            for name in _released(change):
                releasing.setdefault(name, []).append(change)
            if change.kind == _CLUSTER and _writes(change, _SCOPE):
                scoping.setdefault(change.cluster, []).append(change)
            if change.reason in _GOING_ALONG and not kinds[change.kind].documents:
                for key in keys_of(change):
                    parts.setdefault(key.owner, []).append(change)
        by_address = {change.address: change for change in changes}
        return cls(kinds, judgments, by_address, dependents, steps, parts, releasing, scoping)

    def run(self) -> None:
        """Hold along until nothing more follows from what is held."""
        self.ahead.extend(change for change in self.changes.values() if self._is_held(change))
        while self.ahead:
            change = self.ahead.popleft()
            for other in self.dependents.get(change.address, ()):
                self._hold(other, HoldReason.NEEDS, change)
            for find in (self._of_object, self._going_along, self._made_for, self._writing_along):
                for other in find(change):
                    self._hold(other, HoldReason.TOGETHER, change)
            if not self.ahead:
                self._hold_unneeded()

    def _is_held(self, change: Change) -> bool:
        return self.judgments[change.address].hold is not None

    def _hold(self, change: Change, reason: HoldReason, by: Change) -> None:
        if not self._is_held(change):
            verb = "depends on" if reason is HoldReason.NEEDS else "belongs to"
            message = f"{verb} {by.address}, which is held"
            self.judgments[change.address] = Judgment.held(Hold(reason, message, by=by.address))
            self.ahead.append(change)

    def _of_object(self, change: Change) -> Iterator[Change]:
        """Yield every step of its object: none is left half-way."""
        for name in objects_of(change):
            yield from self.steps[name]

    def _going_along(self, change: Change) -> Iterator[Change]:
        """Yield what goes because a guest or node goes: while that is held, its parts stay."""
        if change.reason in _GOING and self.kinds[change.kind].documents:
            for key in keys_of(change):
                yield from self.parts.get(key.owner, ())

    def _made_for(self, change: Change) -> Iterator[Change]:
        """Yield what makes room for a change: a delete, and a reference that is given up for an object that moves."""
        needed = (self.changes[address] for address in change.depends_on if address in self.changes)
        yield from (other for other in needed if isinstance(other, Delete))
        if isinstance(change, Move):
            yield from self.releasing.get((change.kind, change.netbox_id), ())

    def _writing_along(self, change: Change) -> Iterator[Change]:
        """Yield what NetBox would make a part of a change with: it writes to machines when their cluster moves."""
        if self.kinds[change.kind].documents == "guest" and change.target_id is not None and _writes(change, _SITE):
            yield from self.scoping.get(change.cluster, ())

    def _hold_unneeded(self) -> None:
        """Hold shared objects that are created or extended for held changes only."""
        for change in self.changes.values():
            needing = self.dependents.get(change.address, ())
            if self.kinds[change.kind].support and needing and all(map(self._is_held, needing)):
                self._hold(change, HoldReason.TOGETHER, needing[0])


def objects_of(change: Change) -> Iterator[object]:
    """Yield the names of the object of a change: its address, and its id in NetBox."""
    yield change.address.first_pass
    if change.target_id is not None:
        yield change.kind, change.target_id


def _writes(change: Change, field_name: str) -> bool:
    return not isinstance(change, Delete) and any(item.field == field_name for item in change.fields)


def _released(change: Change) -> Iterator[object]:
    """Yield the objects that fields refer to which a change empties."""
    emptied = (item for item in change.fields if item.after is None and not isinstance(change, Delete))
    yield from ((ref.kind, ref.id) for item in emptied for ref in refs_of(item.before))
