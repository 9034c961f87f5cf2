"""The difference of two states as data: objects, what happened to each, and what could not be compared."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state import Incomplete
from proxbox_plan.model.task_author import TaskAuthor


class Sort(StrEnum):
    """What happened to an object between the two snapshots."""

    ADDED = "added"
    SEEN = "seen"  # not in the first, which is incomplete
    REMOVED = "removed"
    UNSEEN = "unseen"  # not in the second, which is incomplete
    REPLACED = "replaced"  # the same number, another guest
    RENAMED = "renamed"
    MOVED = "moved"  # to another node, number or cluster
    CHANGED = "changed"
    UNREAD = "unread"  # nothing is known to differ, but one snapshot lacks a part


class Difference(Frozen):
    """One field that is not the same. Null stands for absent too."""

    field: str = Field(description="Path in the object: `nics.net0.tag`.")
    before: Any = None
    after: Any = None


class UnreadPart(Frozen):
    """A part that only one of the snapshots has completely, so that it was not compared."""

    part: str = Field(description="As the coverage calls it: config, addresses, ...")
    before: Incomplete | None = Field(default=None, description="Why the first snapshot lacks it; null: it does not.")
    after: Incomplete | None = Field(default=None, description="Why the second snapshot lacks it; null: it does not.")


class ObjectDiff(Frozen):
    """One object that is not the same in both snapshots."""

    cluster: str
    kind: str = Field(description="cluster, node, storage, qemu or lxc.")
    id: str = Field(description="Name, or vmid of a guest; where it is now, if it moved.")
    name: str
    sort: Sort
    fields: tuple[Difference, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    tasks: tuple[TaskAuthor, ...] = Field(
        default=(), description="What did it in Proxmox, where the task log of the second state says so."
    )


class StateDiff(Frozen):
    """All objects that are not the same, by cluster, kind and name."""

    before: str = Field(description="Digest of the first state.")
    after: str = Field(description="Digest of the second state.")
    objects: tuple[ObjectDiff, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything is known to differ: what could not be compared does not count."""
        return any(item.sort is not Sort.UNREAD for item in self.objects)
