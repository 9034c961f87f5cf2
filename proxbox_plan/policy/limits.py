"""Limits: how much of what we manage one plan may change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from proxbox_plan.core.key import Key
from proxbox_plan.model.kind import Kind, OnMissing
from proxbox_plan.model.plan import Change, Delete, LimitHit, Move, Reason, Update
from proxbox_plan.model.policy import Limits, Policy
from proxbox_plan.model.reference import refs_of

Group = tuple[str, str]
"""A cluster's name in the configuration (empty: of no cluster), and a kind."""

_GOING = frozenset({Reason.GONE, Reason.EXPIRED, Reason.REPLACED})


@dataclass
class Affected:
    """Ids of the objects of one group: those that are written to or deleted, and those that go."""

    touched: set[int] = field(default_factory=set)
    going: set[int] = field(default_factory=set)
    clusters: set[str] = field(default_factory=set)  # first part of the keys


def check_limits(
    changes: Iterable[Change],
    managed: Mapping[Group, int],
    kinds: Mapping[str, Kind],
    limits: Limits,
    clusters: Collection[str],
) -> tuple[LimitHit, ...]:
    """Return the kinds of which more than the allowed share is updated or deleted in a cluster.

    `managed` counts our existing objects, `clusters` are those of the configuration. Objects are counted once, however
    many changes they have; adoption is not counted, because those objects were not ours, and what goes because its
    parent goes counts with the parent. Of a small group, whose share means nothing, only `Kind.may_go` objects may go.
    With `force` the hits are recorded, and forbid nothing.
    """
    found = affected(changes, kinds, clusters)
    hits = (_hit(group, each, managed.get(group, 0), kinds[group[1]], limits) for group, each in sorted(found.items()))
    return tuple(hit.replace(forced=limits.force) for hit in hits if hit is not None)


def affected(changes: Iterable[Change], kinds: Mapping[str, Kind], clusters: Collection[str]) -> dict[Group, Affected]:
    """Return what counts, by group: of which cluster an object is, its key says."""
    owned = [
        change
        for change in changes
        if isinstance(change, Update | Move | Delete) and change.netbox_id is not None and change.ownership_before
    ]
    parents = _Parents.of(owned, kinds)
    found: dict[Group, Affected] = {}
    for change, key in _keyed(owned):
        if change.reason is Reason.PARENT_GONE and parents.goes_along(change, key):
            continue
        cluster = key.cluster if key.cluster in clusters else ""
        group = found.setdefault((cluster, change.kind), Affected())
        number = change.netbox_id or 0
        group.touched.add(number)
        group.clusters.add(key.cluster)
        if isinstance(change, Delete) or change.reason in _GOING or _is_retired(change, kinds[change.kind]):
            group.going.add(number)
    return found


def undone(changes: Iterable[Change], kinds: Mapping[str, Kind], policy: Policy) -> dict[Group, set[int]]:
    """Return the objects that only an undo may delete, by group: `on_missing` of their kind keeps them."""
    names = {cluster.name for cluster in policy.clusters}
    found: dict[Group, set[int]] = {}
    for change in changes:
        if not isinstance(change, Delete) or change.reason is not Reason.UNDO or change.ownership_before is None:
            continue
        kind, key = kinds[change.kind], change.ownership_before.key
        if policy.removal(kind).first is not OnMissing.DELETE and not kind.blocks_parent:
            cluster = key.cluster if key.cluster in names else ""
            found.setdefault((cluster, kind.name), set()).add(change.netbox_id)
    return found


def undone_hit(group: Group, ids: Collection[int], managed: int) -> LimitHit:
    """Return the limit that such objects exceed: none of them may go without being asked for."""
    cluster, name = group
    where = f" of the cluster {cluster}" if cluster else ""
    return LimitHit(
        kind=name,
        cluster=cluster,
        affected=len(ids),
        managed=managed,
        allowed=0,
        message=f"{len(ids)} of {managed} managed {name} objects{where} would be deleted: `on_missing` deletes none",
    )


def in_doubt(found: Mapping[Group, Affected], kinds: Mapping[str, Kind], limits: Limits) -> Iterator[Group]:
    """Yield the groups that may be over a limit, depending on how many objects there are: at least the touched."""
    for group, each in sorted(found.items()):
        touched = len(each.touched)
        if any(_hit(group, each, most, kinds[group[1]], limits) for most in (touched, max(touched, limits.minimum))):
            yield group


@dataclass(frozen=True, slots=True)
class _Parents:
    """The guests, nodes and other objects that go, by which their parts go along."""

    owners: frozenset[str]
    ids: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, owned: Iterable[Update | Move | Delete], kinds: Mapping[str, Kind]) -> _Parents:
        going = [(change, key) for change, key in _keyed(owned) if change.reason is not Reason.PARENT_GONE]
        return cls(
            frozenset(key.owner for change, key in going if kinds[change.kind].documents and change.reason in _GOING),
            frozenset((change.kind, change.netbox_id or 0) for change, _ in going if isinstance(change, Delete)),
        )

    def goes_along(self, change: Change, key: Key) -> bool:
        """Whether the parent that a change names as its reason goes in the same plan, where it is counted."""
        refs = (ref for item in change.fields for ref in refs_of(item.before))
        return key.owner in self.owners or any((ref.kind, ref.id) in self.ids for ref in refs)


def _keyed(owned: Iterable[Update | Move | Delete]) -> Iterator[tuple[Update | Move | Delete, Key]]:
    return ((change, change.ownership_before.key) for change in owned if change.ownership_before)


def _is_retired(change: Change, kind: Kind) -> bool:
    return any(item.field == "status" and item.after == kind.retired != item.before for item in change.fields)


def _hit(group: Group, found: Affected, managed: int, kind: Kind, limits: Limits) -> LimitHit | None:
    small = managed < limits.minimum
    affected = len(found.going if small else found.touched)
    share = kind.may_go if small else managed * limits.percent // 100
    allowed = share if limits.most is None else min(share, limits.most)
    if small and limits.most is not None and len(found.touched) > limits.most:
        affected = len(found.touched)
    if affected <= allowed:
        return None
    cluster, name = group
    where = f" of the cluster {cluster}" if cluster else ""
    done = "would go" if small else "would be updated or deleted"
    what = f"{affected} of {managed} managed {name} objects{where} {done}"
    if limits.most is not None and allowed == limits.most < share:
        why = f"over the limit of {limits.most} objects"
    elif small:
        why = f"over the limit of {share} for fewer than {limits.minimum} objects"
    else:
        why = f"{affected * 100 / managed:.0f} %, over the limit of {limits.percent} % ({share})"
    return LimitHit(
        kind=name, cluster=cluster, affected=affected, managed=managed, allowed=allowed, message=f"{what}: {why}"
    )
