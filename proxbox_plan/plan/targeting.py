"""Targeting: makes a partial plan: the targets with all they depend on."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, KINDS, NODE, device
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.plan import Change, Targeting


class _Addressed(Protocol):
    @property
    def address(self) -> Address: ...


A = TypeVar("A", bound=_Addressed)

_SHOWN = 8  # candidates named in an error


@dataclass(frozen=True, slots=True)
class Selection:
    """What to plan and what not: kinds, clusters, nodes, guests (name, vmid or key) and addresses.

    Without targets everything is one.
    """

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is selected or excluded."""
        return bool(self.targets or self.excludes)


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One thing a word may mean: addresses that fit a pattern, all of a kind, or all under a key (as a cluster is)."""

    what: str  # for people
    pattern: str = ""
    kind: str = ""
    key: str = ""

    def fits(self, address: Address) -> bool:
        if self.pattern:
            return fnmatch.fnmatchcase(address.object, self.pattern)
        if self.kind:
            return address.kind == self.kind
        return address.key.is_under(self.key)


@dataclass(frozen=True, slots=True)
class SelectedPart:
    """The selected changes, and the plan's `targeting` when they are not all."""

    changes: tuple[Change, ...]
    targeting: Targeting | None
    _chooser: _Chooser | None = None

    def of(self, items: Iterable[A]) -> tuple[A, ...]:
        """Return what the plan says about addresses of the part."""
        chooser = self._chooser
        return tuple(item for item in items if chooser is None or chooser.holds(item.address))


def select(estate: Estate, selection: Selection, changes: Sequence[Change]) -> SelectedPart:
    """Return the selected part: the whole difference is known, so nothing of the part is planned otherwise.

    With each change comes all it depends on; what depends on an excluded one is excluded, too. Raises UsageError for a
    word that matches nothing, or several objects.
    """
    if not selection:
        return SelectedPart(tuple(changes), None)
    chooser = _Chooser(estate, selection)
    later = {change.address: change.address.second_pass for change in changes if change.key and change.key.is_moving}
    banned = _banned(chooser, changes, later)
    wanted: set[Address] = set()
    while True:
        for change in reversed(changes):
            if change.address not in banned and (change.address in wanted or chooser.wants(change.address)):
                wanted |= {change.address, *change.depends_on}
        more = {second for first, second in later.items() if first in wanted} - wanted
        if not more:
            break
        wanted |= more
    kept = tuple(change for change in changes if change.address in wanted)
    targeting = Targeting(targets=selection.targets, excludes=selection.excludes, omitted=len(changes) - len(kept))
    return SelectedPart(kept, targeting, chooser)


def _banned(chooser: _Chooser, changes: Sequence[Change], later: Mapping[Address, Address]) -> set[Address]:
    """Return what is excluded, with what depends on it; an object does not begin a way that it may not end."""
    banned: set[Address] = set()
    while True:
        for change in changes:  # what a change depends on stands before it
            if chooser.bans(change.address) or banned.intersection(change.depends_on):
                banned.add(change.address)
        more = {first for first, second in later.items() if second in banned} - banned
        if not more:
            return banned
        banned |= more


class _Chooser:
    """Tells by address what a selection holds."""

    def __init__(self, estate: Estate, selection: Selection) -> None:
        """Look every word up among the kinds, the clusters, and what Proxmox and NetBox have."""
        self._names = dict(_names(estate))
        self._clusters = {view.name for view in estate.clusters}
        self._targets = [self._meaning(word) for word in selection.targets]
        self._excludes = [self._meaning(word) for word in selection.excludes]

    def wants(self, address: Address) -> bool:
        """Whether the object of an address is a target."""
        return not self._targets or any(choice.fits(address) for choice in self._targets)

    def bans(self, address: Address) -> bool:
        """Whether the object of an address is excluded by name."""
        return any(choice.fits(address) for choice in self._excludes)

    def holds(self, address: Address) -> bool:
        """Whether what the plan says about an address belongs to the part."""
        return self.wants(address) and not self.bans(address)

    def _meaning(self, word: str) -> _Choice:
        if ":" in word:
            return _Choice(word, pattern=word)
        found: list[_Choice] = []
        if word in KINDS:
            found.append(_Choice(f"the kind {word}", kind=word))
        if word in self._clusters:
            found.append(_Choice(f"the cluster {word}", key=word))
        found += [_Choice(key, key=key) for key in self._keys(word)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._unknown(word)
        names = ", ".join(choice.what for choice in found[:_SHOWN])
        raise UsageError(
            f"The target {word!r} matches {len(found)} objects: {names}", hint="Name one of them by its key."
        )

    def _keys(self, word: str) -> list[str]:
        if "/" in word:
            return [word] if any(key.is_under(word) for key in self._names) else []
        return [key for key, names in sorted(self._names.items()) if word in names]

    def _unknown(self, word: str) -> UsageError:
        known = {*KINDS, *self._clusters, *(name for names in self._names.values() for name in names)}
        near = difflib.get_close_matches(word, sorted(known), 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return UsageError(
            f"No kind, cluster, node or guest is called {word!r}{meant}",
            hint="Name a guest by name, vmid or key (lab/qemu/100), or any object by its address (virtual-disk:lab/*).",
        )


def _names(estate: Estate) -> Iterator[tuple[Key, set[str]]]:
    """Yield the keys of guests and nodes, in Proxmox and in NetBox, with the words they are known by."""
    found: dict[Key, set[str]] = {}
    for view in estate.clusters:
        for guest in view.cluster.guests:
            found[view.key_of(guest)] = _words(str(guest.vmid), guest.name)
        for node in view.nodes:
            found[device.key(view, node.name)] = {node.name}
    for kind in (GUEST, NODE):
        for key, row in estate.rows_by_key.get(kind.name, {}).items():
            found.setdefault(key, set()).update(_words(key.last, row.name))
    yield from found.items()


def _words(*names: str | None) -> set[str]:
    return {name for name in names if name}
