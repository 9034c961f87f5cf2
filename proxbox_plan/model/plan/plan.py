"""Plan: the difference between Proxmox and NetBox as a document: what apply will do, and what it will not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.state import Gap

# Address suffix of a second change of one object: references to objects that refer back to it (primary addresses).
LINKS = "#links"
# Address suffix of a change of what the guest had that had this vmid before.
REPLACED = "#replaced"


class Action(StrEnum):
    """What happens to one NetBox object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"


class Reason(StrEnum):
    """Why a change is planned. Closed list; documented in docs/problems.md."""

    NEW = "new-in-proxmox"
    SUPPORT = "needed-by-others"
    CHANGED = "changed-in-proxmox"
    EDITED = "edited-in-netbox"
    BOTH = "changed-on-both-sides"
    MOVED = "moved-to-another-node"
    MOVED_CLUSTER = "moved-to-another-cluster"
    RENAMED = "renamed-in-proxmox"
    MATCHED = "matched-existing-object"
    GONE = "gone-from-proxmox"
    PARENT_GONE = "parent-gone-from-proxmox"
    REPLACED = "replaced-by-another-guest"
    PRIMARY = "primary-address"
    CYCLE = "second-pass"
    LET_GO = "forgotten-in-config"
    UNDO = "undo"


class Cause(StrEnum):
    """Who changed one field since the last apply."""

    NEW = "new"
    PROXMOX = "proxmox"
    NETBOX = "netbox"
    BOTH = "both"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True, kw_only=True)  # a first plan has millions: a model takes eight times as much
class FieldChange:
    """One field, before and after, in NetBox's write form; references as `{"kind", "name", "id"?, "address"?}`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    field: str
    before: Any = None
    after: Any = None
    cause: Cause = Cause.NEW


class Change(Frozen):
    """One write to one NetBox object."""

    address: str = Field(description="Stable name of the change: `KIND:KEY`, the same in every plan.")
    kind: str
    action: Action
    reason: Reason
    name: str = Field(description="For people.")
    cluster: str | None = Field(default=None, description="Configuration name of the cluster it belongs to.")
    key: str | None = Field(default=None, description="proxbox_key after the change; null for support objects.")
    netbox_id: int | None = Field(default=None, description="Null exactly when the action is create.")
    last_updated: str | None = Field(default=None, description="What If-Match is built from.")
    fields: tuple[FieldChange, ...] = ()
    applied: dict[str, Any] | None = Field(
        default=None, description="proxbox_applied after the change. Bookkeeping: not shown, nothing decides on it."
    )
    marks_before: dict[str, Any] | None = Field(
        default=None,
        description="Our marks before the change (`key`, `applied`), for undo. Null where there were none.",
    )
    depends_on: tuple[str, ...] = Field(default=(), description="Addresses of changes that must land first.")


class Withheld(Frozen):
    """Something that would be changed or deleted if we knew enough."""

    address: str
    kind: str
    name: str
    action: Action
    gap: Gap
    detail: str = ""


class Kept(Frozen):
    """A field that differs and is left as it is, because its owner is NetBox."""

    address: str
    name: str
    field: str
    netbox_id: int | None = None
    netbox: Any = None
    proxmox: Any = None


class LimitHit(Frozen):
    """A limit this plan is over: apply refuses it."""

    kind: str
    affected: int
    managed: int
    allowed: int
    message: str = Field(description="The arithmetic, in words.")


class CheckHit(Frozen):
    """A check of the configuration that this plan meets."""

    name: str
    effect: Literal["deny", "require"] = Field(description="deny: apply refuses. require: apply wants the label.")
    label: str | None = None
    message: str = ""
    addresses: tuple[str, ...] = Field(description="The changes that meet it.")


class LeftOut(Frozen):
    """What is in scope and not planned, because this NetBox has no place for it."""

    plugin: str = Field(description="Plugin that would have the place.")
    version: str | None = Field(description="Its version there; null where NetBox does not run it.")
    kinds: tuple[str, ...] = Field(description="Kinds that are left out, or that lack some fields.")


class Part(Frozen):
    """Which part of the difference a plan holds, when somebody asked for less than all of it."""

    targets: tuple[str, ...] = Field(default=(), description="What was asked for, with all it depends on; empty: all.")
    excludes: tuple[str, ...] = Field(default=(), description="What was left out, with all that depends on it.")
    left: int = Field(description="Changes that are not in this plan.")


class Binding(Frozen):
    """What the plan was computed from. Apply refuses when any of it cannot be verified."""

    state_digest: str
    config_digest: str
    inventory_digest: str
    netbox_url: str
    netbox_version: str
    branch: Branch | None = Field(default=None, description="Branch of NetBox it is for; null for main.")


class Plan(Document):
    """The difference, reviewed by people and CI and then applied exactly."""

    KIND: ClassVar[str] = "plan"
    binding: Binding
    clusters: tuple[str, ...]
    part: Part | None = Field(default=None, description="Null when the plan is whole.")
    changes: tuple[Change, ...] = Field(default=(), description="In an order that satisfies `depends_on`.")
    withheld: tuple[Withheld, ...] = ()
    kept: tuple[Kept, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
    limits: tuple[LimitHit, ...] = ()
    checks: tuple[CheckHit, ...] = ()
    unchanged: dict[str, int] = Field(default_factory=dict, description="Objects that already agree, by kind.")
    complete: bool = Field(
        description="Nothing was withheld: the source was read wholly. Not a permission to apply, nor its lack a ban."
    )
    applicable: bool = Field(
        description="Apply may run it: no limit is exceeded and no check denies it. Says nothing about completeness."
    )

    @property
    def id(self) -> str:
        """Short name of the plan, from its digest: the same content has the same id."""
        return self.digest.removeprefix("sha256:")[:12]
