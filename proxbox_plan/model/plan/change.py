"""Change: one write to one NetBox object, as a closed union: each action has exactly the fields it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.last_applied import LastApplied, Ownership, StoredLastApplied
from proxbox_plan.model.policy.review import ReviewClass
from proxbox_plan.model.task_author import TaskAuthor


class Action(StrEnum):
    """What happens to one NetBox object."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    MOVE = "move"
    DELETE = "delete"
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
    REASSIGNED = "assigned-to-another-interface"
    REVIVED = "back-in-proxmox"
    RENAMED = "renamed-in-proxmox"
    MATCHED = "matched-existing-object"
    GONE = "gone-from-proxmox"
    EXPIRED = "decommissioned-long-enough"
    PARENT_GONE = "parent-gone-from-proxmox"
    REPLACED = "replaced-by-another-guest"
    PRIMARY = "primary-address"
    CYCLE = "second-pass"
    FORGOTTEN = "forgotten-in-config"
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


class _Change(Frozen):
    """What every change has."""

    address: Address = Field(description="Stable name of the change: `KIND:KEY`, the same in every plan.")
    kind: str
    reason: Reason
    name: str = Field(description="For people.")
    cluster: str | None = Field(default=None, description="Configuration name of the cluster it belongs to.")
    fields: tuple[FieldChange, ...] = ()
    depends_on: tuple[Address, ...] = Field(default=(), description="Addresses of changes that must land first.")
    tasks: tuple[TaskAuthor, ...] = Field(
        default=(), description="What did it in Proxmox, where its task log says so; the newest first."
    )
    review: ReviewClass = Field(
        default=ReviewClass.REVIEW, description="Who lets it be applied, as the rules of `review` say."
    )

    @property
    def target_id(self) -> int | None:
        """NetBox id of the object that exists; null for one that this plan creates."""
        return None

    @property
    def planned_stamp(self) -> str | None:
        """`last_updated` of the object that exists, as planned; null for one that this plan creates."""
        return None


class _Writing(_Change):
    """A change after which the object is there, with our ownership metadata if it has a key."""

    key: Key | None = Field(default=None, description="proxbox_key after the change; null for support objects.")
    last_applied: StoredLastApplied | None = Field(
        default=None, description="proxbox_applied after the change. Bookkeeping: not shown, nothing decides on it."
    )

    def applied_from(self, collected: Mapping[str, str], read_at: str | None) -> LastApplied | None:
        """Return the last-applied data to write; of an object that was not ours, with the time of the state.

        `collected` says when the state of each cluster was, `read_at` when NetBox was read. They are no content of a
        plan: the same difference is the same plan whenever it is found.
        """
        del read_at  # only what is decommissioned remembers it
        applied = self.last_applied
        if applied is None or applied.since is not None or getattr(self, "ownership_before", None) is not None:
            return applied
        return replace(applied, since=collected.get(self.key.cluster) if self.key is not None else None)


class _Existing(_Change):
    """A change of an object that NetBox has."""

    netbox_id: int
    last_updated: str | None = Field(default=None, description="What If-Match is built from.")

    @property
    def target_id(self) -> int | None:
        """NetBox id of the object."""
        return self.netbox_id

    @property
    def planned_stamp(self) -> str | None:
        """`last_updated` of the object, as planned."""
        return self.last_updated


class _Owned(_Change):
    """A change of an object that may be ours already."""

    ownership_before: Ownership | None = Field(
        default=None, description="`key` and `last_applied` before the change, for undo. Null for support objects."
    )


class Create(_Writing):
    """A new object."""

    action: Literal[Action.CREATE] = Action.CREATE


class Update(_Writing, _Owned):
    """Other values for an object that is ours, or for a support object that is extended."""

    action: Literal[Action.UPDATE] = Action.UPDATE
    netbox_id: int | None = Field(description="Null for the second pass of an object that this plan creates.")
    last_updated: str | None = Field(default=None, description="What If-Match is built from.")
    decommissions: bool = Field(
        default=False, description="Its source is gone: `proxbox_applied` gets the time at which NetBox was read."
    )

    def applied_from(self, collected: Mapping[str, str], read_at: str | None) -> LastApplied | None:
        """Return the last-applied data to write; of what is decommissioned, with the time of that."""
        applied = super().applied_from(collected, read_at)
        return replace(applied, decommissioned=read_at) if applied is not None and self.decommissions else applied

    @property
    def target_id(self) -> int | None:
        """NetBox id of the object; null until the object is created."""
        return self.netbox_id

    @property
    def planned_stamp(self) -> str | None:
        """`last_updated` of the object, as planned; null until the object is created."""
        return self.last_updated


class Adopt(_Writing, _Existing):
    """An existing object becomes managed, with the values it lacks."""

    action: Literal[Action.ADOPT] = Action.ADOPT
    matched_by: tuple[str, ...] = Field(default=(), description="Fields that showed that it is the same object.")


class Move(_Writing, _Existing, _Owned):
    """Our object gets another key, because what it documents went elsewhere: to another cluster, to another parent."""

    action: Literal[Action.MOVE] = Action.MOVE


class Delete(_Existing, _Owned):
    """An object is deleted. `fields` is what is lost with it: for the review, and to recreate it."""

    action: Literal[Action.DELETE] = Action.DELETE
    key: Key | None = Field(default=None, description="proxbox_key of the object.")
    along: tuple[Dependent, ...] = Field(
        default=(), description="What NetBox deletes or empties with it, beside what has a change of its own."
    )


class Forget(_Existing, _Owned):
    """An object is no longer managed: it loses our ownership metadata and nothing else."""

    action: Literal[Action.FORGET] = Action.FORGET

    @property
    def key(self) -> None:
        """A forgotten object has no key."""
        return


Change = Annotated[Create | Update | Adopt | Move | Delete | Forget, Field(discriminator="action")]


def key_of(change: Change) -> Key:
    """Return the key of what a change is about: the one that it has then, else that of its address."""
    return change.key or change.address.key
