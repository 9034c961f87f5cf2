"""Diff: the third phase of planning: matched objects compared field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS, rank
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.plan import Action, Change, Deferred, Forget, LeftAlone, Preserved, Reason
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.model.state import Incomplete
from proxbox_plan.plan.diff.primary import with_primaries
from proxbox_plan.plan.diff.three_way import Comparison, ThreeWay
from proxbox_plan.plan.diff.uncreatable import uncreatable
from proxbox_plan.plan.match.matched import Matched


@dataclass(frozen=True, slots=True)
class Diffed:
    """Matched objects and their differences."""

    matched: Matched
    objects: Mapping[Address, DesiredObject]  # with their primary addresses
    changes: tuple[Change, ...]
    preserved: tuple[Preserved, ...]
    deferred: tuple[Deferred, ...]
    left_alone: tuple[LeftAlone, ...]
    unchanged: Mapping[str, int]  # objects that agree, by kind
    blocked: Mapping[Address, Address]  # what cannot be planned -> the object of its problem
    problems: tuple[Problem, ...]


def diff(matched: Matched) -> Diffed:
    """Compare every desired object with its NetBox object, or plan to create it."""
    blocked, problems = uncreatable(matched, matched.desired.objects)
    objects = with_primaries(matched, blocked)
    comparison = ThreeWay(matched.estate.policy, matched.estate.version, matched.ids, matched.matched_by)
    changes: list[Change] = []
    preserved: list[Preserved] = []
    deferred: list[Deferred] = []
    left_alone: list[LeftAlone] = []
    unchanged: Counter[str] = Counter()
    for wanted in sorted(objects.values(), key=lambda item: (rank(item.kind), item.address)):
        row = matched.rows.get(wanted.address)
        if is_forgotten(matched.estate.policy, wanted.address):
            changes += [] if row is None or row.key is None else [_forget(wanted, row)]
            continue
        if wanted.address in matched.of_groups:
            preserved.append(_on_other(wanted, matched.of_groups[wanted.address]))
            continue
        if (other := matched.floating.get(wanted.address)) is not None:
            preserved.append(_on_other(wanted, other))
            continue
        if wanted.address in blocked:
            deferred += _deferrals(wanted, row) if blocked[wanted.address] == wanted.address else ()
            continue
        if row is not None and is_ignored(row):
            left_alone.append(LeftAlone(address=wanted.address, name=wanted.name, tag=IGNORE_TAG, side="netbox"))
            continue
        deferred += _deferrals(wanted, row)
        found = _compare(comparison, wanted, row)
        if found is None:
            continue
        changes += found.changes
        preserved += found.preserved
        unchanged[wanted.kind] += not found.changes
    return Diffed(
        matched,
        objects,
        tuple(changes),
        tuple(preserved),
        tuple(deferred),
        tuple(left_alone),
        +unchanged,
        blocked,
        problems,
    )


def _compare(comparison: ThreeWay, wanted: DesiredObject, row: Row | None) -> Comparison | None:
    """Return what differs; null for an object that does not exist and is not known well enough to be created."""
    kind = KINDS[wanted.kind]
    if row is None:
        return comparison.create(kind, wanted) if wanted.unknown is None else None
    return comparison.update(kind, wanted, row)


def _deferrals(wanted: DesiredObject, row: Row | None) -> Iterator[Deferred]:
    """Yield what waits for a complete source: the whole object, or the fields of each incomplete source."""
    if wanted.unknown is not None:
        yield _defer(wanted, wanted.unknown, row)
        return
    deferrals: dict[Unknown, list[str]] = {}
    for name, unknown in sorted(wanted.unread.items()):
        if unknown.reason is not Incomplete.NOT_READ:
            deferrals.setdefault(unknown, []).append(name)
    for unknown, names in deferrals.items():
        yield _defer(wanted, unknown, row, tuple(names))


def _on_other(wanted: DesiredObject, row: Row) -> Preserved:
    """Return that an address stays where it is: on its FHRP group, or on the guest that has it, too."""
    return Preserved(
        address=wanted.address,
        name=wanted.name,
        field="assigned_object",
        netbox_id=row.id,
        netbox=row.fields["assigned_object"],
        proxmox=wanted.fields["assigned_object"].to_json(),
    )


def _defer(wanted: DesiredObject, unknown: Unknown, row: Row | None, fields: tuple[str, ...] = ()) -> Deferred:
    return Deferred(
        address=wanted.address,
        kind=wanted.kind,
        name=wanted.name,
        action=Action.CREATE if row is None else Action.UPDATE,
        reason=unknown.reason,
        detail=unknown.detail,
        fields=fields,
    )


def _forget(wanted: DesiredObject, row: Row) -> Forget:
    return Forget(
        address=wanted.address,
        kind=wanted.kind,
        reason=Reason.FORGOTTEN,
        name=wanted.name,
        cluster=wanted.cluster,
        netbox_id=row.id,
        last_updated=row.last_updated,
        ownership_before=row.ownership,
    )
