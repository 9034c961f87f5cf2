"""Limits: how much of what we manage one plan may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Delete, LimitHit, Move, Reason, Update
from proxbox_plan.model.policy import Limits

Group = tuple[str, str]
"""A cluster's name in the configuration (empty: of no cluster), and a kind."""

_GOING = frozenset({Reason.GONE, Reason.REPLACED})


@dataclass
class _Affected:
    """Ids of the objects of one group: those that are written to or deleted, and those that go."""

    touched: set[int] = field(default_factory=set)
    going: set[int] = field(default_factory=set)


def check_limits(
    changes: Iterable[Change], managed: Mapping[Group, int], kinds: Mapping[str, Kind], limits: Limits
) -> tuple[LimitHit, ...]:
    """Return the kinds of which more than the allowed share is updated or deleted in a cluster.

    `managed` counts our existing objects. Objects are counted once, however many changes they have; adoption is not
    counted, because those objects were not ours, and what goes because its parent goes counts with the parent. Of a
    small group, whose share means nothing, only `Kind.may_go` objects may go.
    """
    if limits.force:
        return ()
    affected: dict[Group, _Affected] = {}
    for change in changes:
        if not isinstance(change, Update | Move | Delete) or change.netbox_id is None or not change.ownership_before:
            continue
        if change.reason is Reason.PARENT_GONE:
            continue
        found = affected.setdefault((change.cluster or "", change.kind), _Affected())
        found.touched.add(change.netbox_id)
        if change.reason in _GOING:
            found.going.add(change.netbox_id)
    hits = (
        _hit(group, found, managed.get(group, 0), kinds[group[1]], limits) for group, found in sorted(affected.items())
    )
    return tuple(hit for hit in hits if hit is not None)


def _hit(group: Group, found: _Affected, managed: int, kind: Kind, limits: Limits) -> LimitHit | None:
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
