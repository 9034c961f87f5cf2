"""Staleness: which objects were edited in NetBox since this apply last knew them, and which by itself alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from proxbox_plan.apply.batches.lookup import NetBoxObject
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import JournalEntry
from proxbox_plan.core.address import Address
from proxbox_plan.model.plan import Action, Change

EDITED = "edited in NetBox since the plan was made"
DELETED = "deleted in NetBox since the plan was made"


class Freshness(Enum):
    """How an object in NetBox compares with what this apply knows of it."""

    UNEDITED = auto()
    OURS = auto()  # has a newer time stamp, which this apply gave it
    LANDED = auto()  # the change itself was made, though its answer was lost
    EDITED = auto()
    DELETED = auto()


@dataclass(frozen=True, slots=True)
class Compared:
    """The changes of one attempt, compared with NetBox."""

    unedited: tuple[Change, ...]
    landed: tuple[JournalEntry, ...]
    edited: tuple[Change, ...]
    deleted: tuple[Change, ...]
    newer: bool  # whether an unedited object has a newer time stamp, which is known now


async def compare(context: ApplyContext, changes: Sequence[Change]) -> Compared:
    """Compare located changes of one kind and method with NetBox; what was to be deleted and is missing has landed."""
    rows = await context.lookup.rows(changes)
    found: dict[Address, Freshness] = {}
    for change in changes:
        row = rows.get(change.target_id or 0)
        found[change.address] = await _freshness(context, change, row)
        if row is not None and found[change.address] is Freshness.OURS:
            context.results.saw(change, _stamp(row))

    def those(*which: Freshness) -> tuple[Change, ...]:
        return tuple(change for change in changes if found[change.address] in which)

    return Compared(
        unedited=those(Freshness.UNEDITED, Freshness.OURS),
        landed=tuple(_landed(context, change, rows.get(change.target_id or 0)) for change in those(Freshness.LANDED)),
        edited=those(Freshness.EDITED),
        deleted=those(Freshness.DELETED),
        newer=bool(those(Freshness.OURS)),
    )


async def _freshness(context: ApplyContext, change: Change, row: NetBoxObject | None) -> Freshness:
    if row is None:
        return Freshness.LANDED if change.action is Action.DELETE else Freshness.DELETED
    if _stamp(row) == context.results.stamp(change):
        same = bool(_stamp(row)) or context.lookup.agrees(change, row, after=False)  # without a time stamp: by value
        return Freshness.UNEDITED if same else Freshness.EDITED
    if _is_late(context, change, row):
        return Freshness.LANDED
    if context.results.is_related(change) and await _is_safe(context, change, row):
        return Freshness.OURS
    return Freshness.EDITED


def _is_late(context: ApplyContext, change: Change, row: NetBoxObject) -> bool:
    """Whether this very change, sent without an answer, was handled after it was looked up."""
    sent = change.address in context.results.uncertain and change.action is not Action.DELETE
    return sent and context.lookup.agrees(change, row, after=True)


async def _is_safe(context: ApplyContext, change: Change, row: NetBoxObject) -> bool:
    """Whether writing reverts nothing that a person did.

    NetBox stamps a guest anew when what belongs to it changes, so this run itself may be the cause. An update is safe
    when the values it replaces are those of the plan, or already what is wanted: a cluster that gets another site takes
    its guests along. A deletion is only when the changelog shows no other user.
    """
    if change.action is Action.DELETE:
        return await context.changelog.only_ours(change)
    return context.lookup.reverts_nothing(change, row)


def _landed(context: ApplyContext, change: Change, row: NetBoxObject | None) -> JournalEntry:
    number = change.target_id or 0
    return context.results.done(change, number, None if row is None else _stamp(row))


def _stamp(row: NetBoxObject) -> str:
    return str(row["last_updated"] or "")
