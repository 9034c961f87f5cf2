"""Drift: where NetBox and Proxmox differ at one moment, and who made them differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.inventory.changelog import Access
from proxbox_plan.model.plan import Binding, Deferred, LeftAlone, Reason, Unsupported
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.task_author import TaskAuthor


class Origin(StrEnum):
    """Who made something differ. Closed list; documented in docs/problems.md."""

    NETBOX = "netbox"
    DELETED = "deleted"
    BOTH = "both"
    PROXMOX = "proxmox"
    ADOPTED = "adopted"
    NEW = "new"
    GONE = "gone"
    PRESERVED = "preserved"


class Author(Frozen):
    """Who changed something in NetBox, as its changelog says."""

    user: str
    time: str = Field(description="UTC, `2026-11-21T07:30:00Z`.")
    message: str = Field(default="", description="What they said about it.")
    entry: int = Field(description="Id of the entry in NetBox's changelog.")


class TaskLog(StrEnum):
    """What the task log of Proxmox says of a change that was made there. Closed list."""

    NOT_READ = "not-read"
    NONE = "none"  # no task fits
    SEVERAL = "several"  # more than one fits


class Item(Frozen):
    """One field, or one whole object, that differs."""

    origin: Origin
    address: Address = Field(description="Stable name of the object: `KIND:KEY`, as in plans.")
    kind: str
    name: str = Field(description="For people.")
    cluster: str | None = Field(default=None, description="Configuration name of the cluster it belongs to.")
    netbox_id: int | None = Field(default=None, description="Null for an object that NetBox does not have.")
    reason: Reason | None = Field(
        default=None, description="Why a plan would change the object; null where none would."
    )
    field: str | None = Field(default=None, description="Null when it is the whole object.")
    netbox: Any = Field(default=None, description="What NetBox has, as in a plan.")
    proxmox: Any = Field(default=None, description="What Proxmox says it should be.")
    author: Author | None = Field(default=None, description="Who did it in NetBox, where its changelog says so.")
    task: TaskAuthor | None = Field(default=None, description="What did it in Proxmox, where one task fits.")
    task_log: TaskLog = Field(
        default=TaskLog.NOT_READ, description="Why there is no task; not read, too, where none is looked for."
    )
    follows: Address | None = Field(
        default=None, description="Object whose coming or going brought this along; null where it stands for itself."
    )
    held: str = Field(default="", description="Why no apply changes it, in words; empty where one would.")


class Drift(Document):
    """Where NetBox and Proxmox differ. A report: nothing is computed from it, and nothing can be applied."""

    KIND: ClassVar[str] = "drift"
    taken_at: str | None = Field(
        default=None, description="When it was seen, UTC; null when it was read out of a plan, which has no time."
    )
    binding: Binding
    clusters: tuple[str, ...]
    items: tuple[Item, ...] = Field(default=(), description="In the plan's order; what is left to NetBox last.")
    deferred: tuple[Deferred, ...] = ()
    problems: tuple[Problem, ...] = ()
    left_alone: tuple[LeftAlone, ...] = Field(default=(), description="Because of a protective tag.")
    unsupported: tuple[Unsupported, ...] = ()
    unchanged: dict[str, int] = Field(default_factory=dict, description="Objects that agree, by kind.")
    complete: bool = Field(description="The source was read wholly: what is not listed agrees.")
    changelog: Access = Field(default=Access.NOT_NEEDED, description="Whether NetBox could say who changed something.")

    @property
    def counted(self) -> tuple[Item, ...]:
        """What an apply would change by itself: not a consequence, a field that is left to NetBox, nor what is held."""
        return tuple(item for item in self.items if _counts(item))

    @property
    def needs_action(self) -> bool:
        """Whether an apply would change something, or a person must decide something."""
        return bool(self.counted or self.problems)

    @property
    def consequences(self) -> tuple[Item, ...]:
        """What other drift brought along: it goes when that does."""
        return tuple(item for item in self.items if item.follows is not None and not item.held)

    @property
    def preserved(self) -> tuple[Item, ...]:
        """Fields that differ and are left to NetBox."""
        return tuple(item for item in self.items if item.origin is Origin.PRESERVED)


def _counts(item: Item) -> bool:
    return item.origin is not Origin.PRESERVED and item.follows is None and not item.held
