"""Matches the guests of two states by vmid, unless their fingerprints differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proxbox_plan.model.fingerprint import fingerprint_of, is_of_another
from proxbox_plan.model.state import Cluster, Guest


@dataclass(frozen=True, slots=True)
class GuestPlace:
    """A guest in one of the states."""

    cluster: str
    guest: Guest

    @property
    def key(self) -> tuple[str, str, int]:
        """Identifies the guest in its state."""
        return self.cluster, self.guest.type, self.guest.vmid


Pair = tuple[GuestPlace | None, GuestPlace | None]


def pair_guests(old: Mapping[str, Cluster], new: Mapping[str, Cluster]) -> list[Pair]:
    """Return every guest as a pair of its places in both states; null where it does not exist.

    A vmid that was reused for another guest is a pair, too, unless one of the two is found elsewhere. A guest of a
    cluster that the second state lists incompletely may still exist, so it has not moved.
    """
    first, second = _places(old.values()), _places(new.values())
    other = {key for key in first.keys() & second.keys() if _is_another(first[key].guest, second[key].guest)}
    proven = {name for name, cluster in new.items() if cluster.coverage.guests.complete}
    lost = [place for key, place in first.items() if key in other or (key not in second and place.cluster in proven)]
    come = [place for key, place in second.items() if key in other or key not in first]
    moved = _moved(lost, come)
    gone, arrived = {place.key for place, _ in moved}, {place.key for _, place in moved}
    pairs: list[Pair] = [*moved]
    for key in first.keys() | second.keys():
        before = None if key in gone else first.get(key)
        after = None if key in arrived else second.get(key)
        if before or after:
            pairs.append((before, after))
    return pairs


def is_replaced(before: GuestPlace, after: GuestPlace) -> bool:
    """Whether the second is another guest with the vmid of the first."""
    return before.key == after.key and _is_another(before.guest, after.guest)


def _places(clusters: Iterable[Cluster]) -> dict[tuple[str, str, int], GuestPlace]:
    places = (GuestPlace(cluster.name, guest) for cluster in clusters for guest in cluster.guests)
    return {place.key: place for place in places}


def _is_another(before: Guest, after: Guest) -> bool:
    return is_of_another(fingerprint_of(before.uuid, before.vmgenid), fingerprint_of(after.uuid, after.vmgenid))


def _moved(lost: Iterable[GuestPlace], come: Iterable[GuestPlace]) -> list[tuple[GuestPlace, GuestPlace]]:
    """Return the guests whose complete fingerprint is found elsewhere exactly once: a clone gets a new one."""
    before, after = _by_fingerprint(lost), _by_fingerprint(come)
    shared = before.keys() & after.keys()
    return [(before[mark][0], after[mark][0]) for mark in shared if len(before[mark]) == len(after[mark]) == 1]


def _by_fingerprint(places: Iterable[GuestPlace]) -> dict[tuple[str, str], list[GuestPlace]]:
    found: dict[tuple[str, str], list[GuestPlace]] = {}
    for place in places:
        if place.guest.uuid and place.guest.vmgenid:
            found.setdefault((place.guest.uuid, place.guest.vmgenid), []).append(place)
    return found
