"""Compare two states by object; renames and moves are recognized."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from proxbox_plan.compare.authors import with_authors
from proxbox_plan.compare.fields import compare
from proxbox_plan.compare.guests import GuestPlace, is_replaced, pair_guests
from proxbox_plan.model.difference import Difference, ObjectDiff, Sort, StateDiff
from proxbox_plan.model.state import Cluster, Coverage, Node, State, Storage

Clusters = Mapping[str, Cluster]

_RANKS = {"cluster": 0, "node": 1, "storage": 2}


def diff_states(before: State, after: State) -> StateDiff:
    """Compare two states."""
    old = {cluster.name: cluster for cluster in before.clusters}
    new = {cluster.name: cluster for cluster in after.clusters}
    objects = [
        *_clusters(old, new),
        *_entries("node", old, new, lambda cluster: cluster.nodes, lambda cluster: cluster.coverage.nodes),
        *_entries("storage", old, new, lambda cluster: cluster.storages, lambda cluster: cluster.coverage.storages),
        *_guests(old, new),
    ]
    told = with_authors(objects, before, after)
    return StateDiff(before=before.digest, after=after.digest, objects=tuple(sorted(told, key=_order)))


def _order(item: ObjectDiff) -> tuple[str, int, str, int, str]:
    number = int(item.id) if item.id.isdecimal() and item.kind not in _RANKS else 0
    return item.cluster, _RANKS.get(item.kind, len(_RANKS)), item.kind, number, item.id


def _clusters(old: Clusters, new: Clusters) -> Iterator[ObjectDiff]:
    for name in old.keys() | new.keys():
        first, second = old.get(name), new.get(name)
        if first is None or second is None:
            sort = Sort.ADDED if first is None else Sort.UNSEEN
            yield ObjectDiff(cluster=name, kind="cluster", id=name, name=name, sort=sort)
            continue
        fields, unread = compare(first, second)
        if fields or unread:
            sort = Sort.CHANGED if fields else Sort.UNREAD
            yield ObjectDiff(cluster=name, kind="cluster", id=name, name=name, sort=sort, fields=fields, unread=unread)


def _entries(
    kind: str,
    old: Clusters,
    new: Clusters,
    entries: Callable[[Cluster], tuple[Node | Storage, ...]],
    coverage: Callable[[Cluster], Coverage],
) -> Iterator[ObjectDiff]:
    for cluster in new:  # the objects of a cluster that was not collected are unknown; one line reports that
        first, second = (
            {entry.name: entry for entry in entries(side[cluster])} if cluster in side else {} for side in (old, new)
        )
        for name in first.keys() | second.keys():
            before, after = first.get(name), second.get(name)
            if before is None or after is None:
                sort = _alone(cluster, old, new, coverage, arrived=before is None)
                yield ObjectDiff(cluster=cluster, kind=kind, id=name, name=name, sort=sort)
                continue
            fields, unread = compare(before, after)
            if fields or unread:
                sort = Sort.CHANGED if fields else Sort.UNREAD
                found = ObjectDiff(cluster=cluster, kind=kind, id=name, name=name, sort=sort)
                yield found.replace(fields=fields, unread=unread)


def _guests(old: Clusters, new: Clusters) -> Iterator[ObjectDiff]:
    for before, after in pair_guests(old, new):
        place = after or before
        if place is None or (after is None and place.cluster not in new):
            continue
        if before is None or after is None:
            sort = _alone(place.cluster, old, new, lambda cluster: cluster.coverage.guests, arrived=before is None)
            yield _guest(place, sort)
            continue
        fields, unread = compare(before.guest, after.guest)
        if before.cluster != after.cluster:
            fields = (Difference(field="cluster", before=before.cluster, after=after.cluster), *fields)
        if fields or unread:
            sort = _sort_of(before, after, fields) if fields else Sort.UNREAD
            yield _guest(place, sort).replace(fields=fields, unread=unread)


def _guest(place: GuestPlace, sort: Sort) -> ObjectDiff:
    guest = place.guest
    name = guest.name or str(guest.vmid)
    return ObjectDiff(cluster=place.cluster, kind=guest.type, id=str(guest.vmid), name=name, sort=sort)


def _sort_of(before: GuestPlace, after: GuestPlace, fields: tuple[Difference, ...]) -> Sort:
    if is_replaced(before, after):
        return Sort.REPLACED
    if before.key != after.key or before.guest.node != after.guest.node:
        return Sort.MOVED
    return Sort.RENAMED if any(field.field == "name" for field in fields) else Sort.CHANGED


def _alone(
    cluster: str, old: Clusters, new: Clusters, coverage: Callable[[Cluster], Coverage], *, arrived: bool
) -> Sort:
    """Return the difference for an object of only one state; only a complete list proves that it is absent."""
    if arrived:
        proven = cluster not in old or coverage(old[cluster]).complete
        return Sort.ADDED if proven else Sort.SEEN
    return Sort.REMOVED if coverage(new[cluster]).complete else Sort.UNSEEN
