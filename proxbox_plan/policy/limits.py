"""Limits: how much of what we manage one plan may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proxbox_plan.model.plan import Change, Delete, LimitHit, Move, Update
from proxbox_plan.model.policy import Limits


def check_limits(changes: Iterable[Change], managed: Mapping[str, int], limits: Limits) -> tuple[LimitHit, ...]:
    """Return the kinds of which more than the allowed share is updated or deleted.

    `managed` counts our existing objects by kind. Objects are counted once, however many changes they have;
    adoption is not counted, because those objects were not ours.
    """
    touched: dict[str, set[int]] = {}
    for change in changes:
        if isinstance(change, Update | Move | Delete) and change.netbox_id is not None and change.ownership_before:
            touched.setdefault(change.kind, set()).add(change.netbox_id)
    hits = (_hit(kind, len(ids), managed.get(kind, 0), limits) for kind, ids in sorted(touched.items()))
    return () if limits.force else tuple(hit for hit in hits if hit is not None)


def _hit(kind: str, affected: int, managed: int, limits: Limits) -> LimitHit | None:
    share = managed * limits.percent // 100 if managed >= limits.minimum else managed
    allowed = share if limits.most is None else min(share, limits.most)
    if affected <= allowed:
        return None
    what = f"{affected} of {managed} managed {kind} objects would be updated or deleted"
    why = f"{affected * 100 / managed:.0f} %, over the limit of {limits.percent} % ({share})"
    if limits.most is not None and limits.most < share:
        why = f"over the limit of {limits.most} objects"
    return LimitHit(kind=kind, affected=affected, managed=managed, allowed=allowed, message=f"{what}: {why}")
