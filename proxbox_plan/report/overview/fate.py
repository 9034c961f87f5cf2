"""Fate: what a plan means for a guest or node as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, Forget, Move, Reason


class Fate(StrEnum):
    """What happens to a machine, in the order in which a reviewer wants to see it."""

    DELETED = "deleted"
    DECOMMISSIONED = "decommissioned"
    FORGOTTEN = "forgotten"
    MOVED = "moved"
    RENAMED = "renamed"
    CHANGED = "changed"
    ADOPTED = "taken over"
    NEW = "new"


GONE: Final = frozenset({Fate.DELETED, Fate.DECOMMISSIONED})
"""What is no longer in Proxmox, whatever NetBox keeps of it."""

WHOLE: Final = frozenset({Fate.NEW, Fate.FORGOTTEN, *GONE})
"""What happens to a machine as a whole: its single fields say no more."""

_PLACES: Final = frozenset({"cluster", "device"})
_LEAVING: Final = frozenset({Reason.GONE, Reason.REPLACED})


def fates_of(own: Change | None) -> tuple[Fate, ...]:
    """Return what a change of a machine's own object means for it; null: only parts of it change."""
    match own:
        case Create():
            return (Fate.NEW,)
        case Delete():
            return (Fate.DELETED,)
        case Forget():
            return (Fate.FORGOTTEN,)
        case None:
            return (Fate.CHANGED,)
        case _ if own.reason in _LEAVING:
            return (Fate.DECOMMISSIONED,)
        case _:
            return tuple(_of_fields(own)) or (Fate.CHANGED,)


def _of_fields(own: Change) -> Iterator[Fate]:
    names = {field.field for field in own.fields}
    kind = KINDS.get(own.kind)
    if isinstance(own, Move) or (names & _PLACES and not isinstance(own, Adopt)):
        yield Fate.MOVED
    if kind is not None and kind.label in names:
        yield Fate.RENAMED
    if isinstance(own, Adopt):
        yield Fate.ADOPTED
