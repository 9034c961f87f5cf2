"""Relocated: machines whose vmid no guest has any more, and what became of their guests: under another vmid, or gone.

A guest is known by its fingerprint, and where there is none by its MAC addresses, inside its cluster: a restore keeps
both but for the vmgenid. Evidence that fits two guests, or two machines, decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.fingerprint import fingerprint_of, is_of_another, is_whole
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.state import COMPLETE, Coverage, Guest
from proxbox_plan.model.state.coverage import first_incomplete

_SLOTS = 32  # NICs of one guest
_RowsByKey = Mapping[str, Mapping[Key, Row]]


@dataclass(frozen=True, slots=True)
class Relocated:
    """The guest has another key now, which may be one of another cluster."""

    key: Key


@dataclass(frozen=True, slots=True)
class Unsynced:
    """The guest has another key now, and is out of scope there: its machine stays as it is."""

    key: Key


@dataclass(frozen=True, slots=True)
class Disputed:
    """Nothing tells whose machine it is: each of these guests could be its own, or each of these machines."""

    guests: tuple[Key, ...]
    machines: tuple[Key, ...]


Whereabouts = Relocated | Unsynced | Disputed | Unknown


@dataclass(frozen=True, slots=True)
class Relocations:
    """What became of the guests whose vmids are free; a machine that is not among these has lost its guest."""

    machines: Mapping[Key, Whereabouts] = field(default_factory=dict)
    guests: Mapping[Key, Key] = field(default_factory=dict)  # guest -> the key that its machine has
    waiting: Mapping[Key, Disputed | Unknown] = field(default_factory=dict)  # guests that may have one of these


class _Evidence(IntEnum):
    """What says that a guest is that of a machine; the best first."""

    FINGERPRINT = 0  # both parts
    UUID_AND_MACS = 1
    UUID = 2
    MACS = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """A guest as a cluster shows it."""

    view: ClusterView
    guest: Guest
    key: Key
    row: Row | None  # the machine that has its key
    is_placed: bool  # whether that may be its own

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return fingerprint_of(self.guest.uuid, self.guest.vmgenid)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A guest that could be the one of a machine."""

    machine: Key
    seen: _Seen
    evidence: _Evidence


def relocations(views: Sequence[ClusterView], rows: _RowsByKey, is_newer: Callable[[Key, Row], bool]) -> Relocations:
    """Return what became of the guests whose vmids are free, in clusters whose list of guests is complete."""
    by_name = {view.name: view for view in views}
    machines = rows.get("virtual-machine", {})
    left = {
        key: row
        for key, row in machines.items()
        if (view := by_name.get(key.cluster)) is not None
        and not key.is_retired
        and view.holder_of(key) is None
        and view.cluster.coverage.guests.complete
        and not is_newer(key, row)
    }
    return _Search(views, rows, left).run() if left else Relocations()


def read_of(guest: Guest) -> Coverage:
    """Whether enough was read of a guest to know it again."""
    return first_incomplete(guest.coverage.row, guest.coverage.config)


def macs_of(rows: _RowsByKey, machine: Key) -> Iterator[str]:
    """Yield the MAC addresses that the NICs of a guest have in NetBox."""
    for slot in (machine.child(f"net{number}") for number in range(_SLOTS)):
        for row in (rows.get("vm-interface", {}).get(slot), rows.get("mac-address", {}).get(slot.child("mac"))):
            if row is not None and row.fields.get("mac_address"):
                yield str(row.fields["mac_address"])


def unread_in(views: Iterable[ClusterView], machines: Mapping[Key, Row], sort: str) -> Coverage:
    """Return why a guest may be in one of the clusters without being seen: a cut list, or a guest that is new there."""
    for view in views:
        new = (item for item in view.cluster.guests if item.type == sort and view.key_of(item) not in machines)
        source = first_incomplete(view.cluster.coverage.guests, *map(read_of, new))
        if not source.complete:
            return source
    return COMPLETE


class _Search:
    """Compares each machine that is left with each guest that is seen."""

    def __init__(self, views: Sequence[ClusterView], rows: _RowsByKey, left: Mapping[Key, Row]) -> None:
        self._views = views
        self._rows = rows
        self._machines = rows["virtual-machine"]
        self._left = left
        self._by_uuid: dict[str, list[_Seen]] = {}
        self._by_macs: dict[frozenset[str], list[_Seen]] = {}
        for view in views:
            for guest in (guest for guest in view.cluster.guests if read_of(guest).complete):
                key = view.key_of(guest)
                row = self._machines.get(key)
                seen = _Seen(view, guest, key, row, row is not None and not _is_anothers(rows, key, row, guest))
                if guest.uuid:
                    self._by_uuid.setdefault(guest.uuid, []).append(seen)
                elif macs := _macs(guest):
                    self._by_macs.setdefault(macs, []).append(seen)
        self._unread = cache(self._unread_for)

    def run(self) -> Relocations:
        fits = [fit for key, row in self._left.items() for fit in self._fits(key, row)]
        best = _best_of(_best_of(fits, lambda fit: fit.machine), lambda fit: fit.seen.key)
        own_of: dict[Key, list[_Fit]] = {}
        machines_of: dict[Key, set[Key]] = {}
        for fit in best:
            own_of.setdefault(fit.machine, []).append(fit)
            machines_of.setdefault(fit.seen.key, set()).add(fit.machine)
        guests: dict[Key, Key] = {}
        waiting: dict[Key, Disputed | Unknown] = {}
        found: dict[Key, Whereabouts] = {}
        for key, row in self._left.items():
            own = own_of.get(key, [])
            where = self._judge(key, row, own, {machine for fit in own for machine in machines_of[fit.seen.key]})
            if where is not None:
                found[key] = where
            if isinstance(where, Relocated):
                guests[where.key] = key
            elif isinstance(where, Disputed | Unknown):
                waiting |= {fit.seen.key: where for fit in own}
        return Relocations(found, guests, waiting)

    def _judge(self, key: Key, row: Row, own: Sequence[_Fit], machines: AbstractSet[Key]) -> Whereabouts | None:
        """Judge the guest of a machine; null for one that is gone."""
        source = self._unread(key.cluster if "uuid" not in row.fingerprint else "", key.sort)
        if not source.complete and all(fit.evidence is not _Evidence.FINGERPRINT for fit in own):
            return Unknown.because(source)
        if len(own) > 1 or len(machines) > 1:
            return Disputed(tuple(sorted(fit.seen.key for fit in own)), tuple(sorted(machines)))
        if not own:
            return None
        seen = own[0].seen
        included = seen.view.scope.includes(seen.guest)
        if included is None:
            return Unknown.because(seen.view.scope.doubt(seen.guest))
        return Relocated(seen.key) if included else Unsynced(seen.key)

    def _unread_for(self, only: str, sort: str) -> Coverage:
        """Return why a guest may be somewhere unseen: what has no uuid is known again in its own cluster only."""
        return unread_in((view for view in self._views if not only or view.name == only), self._machines, sort)

    def _fits(self, key: Key, row: Row) -> Iterator[_Fit]:
        """Yield the guests that could be the one of a machine, each with the best that says so."""
        macs = frozenset(macs_of(self._rows, key))
        uuid = row.fingerprint.get("uuid")
        others = self._by_uuid.get(uuid, ()) if uuid is not None else self._by_macs.get(macs, ())
        others = [item for item in others if item.guest.type == key.sort]
        shared = any(item.is_placed for item in others)
        for item in others:
            evidence = _evidence(item, row, macs, shared=shared)
            if evidence is not None and (item.view.name == key.cluster or evidence is _Evidence.FINGERPRINT):
                yield _Fit(key, item, evidence)


def _evidence(seen: _Seen, row: Row, macs: frozenset[str], *, shared: bool) -> _Evidence | None:
    """Return what says that a guest is that of a machine, of those that have its uuid or, without one, its MACs.

    A uuid that several guests have says nothing by itself.
    """
    fingerprint = seen.fingerprint
    if is_whole(row.fingerprint) and fingerprint == row.fingerprint:
        own = seen.row is not None and seen.row.fingerprint == fingerprint
        return None if own else _Evidence.FINGERPRINT
    if seen.is_placed:
        return None
    if "uuid" not in row.fingerprint:
        return _Evidence.MACS if not row.fingerprint and not fingerprint else None
    if macs and _macs(seen.guest) == macs:
        return _Evidence.UUID_AND_MACS
    return None if shared else _Evidence.UUID


def _is_anothers(rows: _RowsByKey, key: Key, row: Row, guest: Guest) -> bool:
    """Whether the machine that has the key of a guest cannot be its own."""
    fingerprint = fingerprint_of(guest.uuid, guest.vmgenid)
    if fingerprint or row.fingerprint:
        return is_of_another(fingerprint, row.fingerprint)
    had = frozenset(macs_of(rows, key))
    return bool(had) and had.isdisjoint(_macs(guest))


def _macs(guest: Guest) -> frozenset[str]:
    return frozenset(nic.mac for nic in guest.nics if nic.mac)


def _best_of(fits: Iterable[_Fit], side: Callable[[_Fit], Key]) -> list[_Fit]:
    """Return the fits without those that are worse than another one of the same guest, or of the same machine."""
    best: dict[Key, _Evidence] = {}
    listed = list(fits)
    for fit in listed:
        best[side(fit)] = min(best.get(side(fit), fit.evidence), fit.evidence)
    return [fit for fit in listed if fit.evidence is best[side(fit)]]
