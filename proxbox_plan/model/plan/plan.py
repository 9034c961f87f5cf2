"""Plan: the difference between Proxmox and NetBox as a document: what apply will do, and what it will not."""

from __future__ import annotations

from itertools import chain
from typing import Any, ClassVar, Literal, Self

from pydantic import Field
from pydantic_core import to_jsonable_python

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import Moment
from proxbox_plan.model.base import Document, Frozen, digest_of_each
from proxbox_plan.model.plan.binding import Binding
from proxbox_plan.model.plan.change import Action, Change
from proxbox_plan.model.plan.digest import changes_digest
from proxbox_plan.model.plan.held import GuestLabels, Held
from proxbox_plan.model.policy.check import CheckSeverity
from proxbox_plan.model.policy.review import ReviewClass
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.state import Incomplete

Tag = Literal["proxbox-ignore", "proxbox-protect"]
Side = Literal["netbox", "proxmox"]


class Deferred(Frozen):
    """A change that waits until what it is about is read completely."""

    address: Address
    kind: str
    name: str
    action: Action
    reason: Incomplete = Field(description="What was incomplete.")
    detail: str = ""
    fields: tuple[str, ...] = Field(default=(), description="What is left as it is; empty: the whole object.")


class Preserved(Frozen):
    """A field that differs and is left as it is, because NetBox is authoritative for it."""

    address: Address
    name: str
    field: str
    netbox_id: int | None = None
    netbox: Any = None
    proxmox: Any = None


class LeftAlone(Frozen):
    """An object that is left as it is because of a protective tag, whatever differs."""

    address: Address
    name: str
    tag: Tag
    side: Side = Field(description="Where the tag is: on the object, or on its guest.")


class LimitHit(Frozen):
    """A limit this plan is over: apply refuses it, unless it was forced and the apply is told to ignore it, too."""

    kind: str
    cluster: str = Field(default="", description="Name in the configuration; empty for objects of no cluster.")
    affected: int
    managed: int
    allowed: int
    message: str = Field(description="The arithmetic, in words.")
    forced: bool = Field(
        default=False, description="Planned with --force-limit, or as an undo: `apply --force-limit` applies it."
    )


class CheckHit(Frozen):
    """A check of the configuration that matches this plan."""

    name: str
    severity: CheckSeverity = Field(
        description="deny: apply refuses. require: apply requires the label. advisory: reported only."
    )
    label: str | None = None
    message: str = ""
    addresses: tuple[Address, ...] = Field(description="The changes that match it.")


class Unsupported(Frozen):
    """Kinds that are in scope and not planned, because this NetBox does not have them."""

    plugin: str = Field(description="Plugin that has the kinds.")
    version: str | None = Field(description="Its version there; null where NetBox does not run it.")
    kinds: tuple[str, ...] = Field(description="Kinds that are not planned, or not with all fields.")


class Targeting(Frozen):
    """The targets of a partial plan."""

    targets: tuple[str, ...] = Field(default=(), description="What is planned, with all it depends on; empty: all.")
    excludes: tuple[str, ...] = Field(default=(), description="What is not planned, nor what depends on it.")
    omitted: int = Field(description="Changes that are not in this plan.")


class NamedMachine(Frozen):
    """A guest or node by the names that people know."""

    name: str
    node: str = Field(default="", description="Where a guest runs; empty for a node, and where it is not known.")


class Plan(Document):
    """The difference, reviewed by people and CI and then applied exactly; `held` is no part of what is applied."""

    KIND: ClassVar[str] = "plan"
    UNSEALED: ClassVar[frozenset[str]] = Document.UNSEALED | {"collected", "read_at"}
    TOLERANT: ClassVar[bool] = False  # what is not understood cannot be applied exactly
    binding: Binding
    clusters: tuple[str, ...]
    collected: dict[str, Moment] = Field(
        default_factory=dict, description="Cluster -> when its state was collected, UTC; not in the digest."
    )
    read_at: Moment | None = Field(
        default=None,
        description="NetBox's clock when it was read, if an object is decommissioned or was that for long enough; not "
        "in the digest.",
    )
    targeting: Targeting | None = Field(default=None, description="Null unless the plan is partial.")
    part: ReviewClass | None = Field(
        default=None,
        description="The class of all its changes in a plan of `plan --split`; null in any other.",
    )
    changes: tuple[Change, ...] = Field(default=(), description="In an order that satisfies `depends_on`.")
    machines: dict[Key, NamedMachine] = Field(
        default_factory=dict, description="Guests and nodes that changes belong to, by key: for people."
    )
    changes_digest: str = Field(
        default="",
        description="sha256 over the changes and what they refer to (`referred`), for `apply --expect`: equal for "
        "every plan that does the same.",
    )
    refused_before: dict[Address, str] = Field(
        default_factory=dict,
        description="Changes that an earlier apply tried in vain, as they are (--previous), with NetBox's message "
        "then: no news for a review.",
    )
    held: tuple[Held, ...] = Field(default=(), description="Changes that are shown, and that no apply makes.")
    guests: dict[Key, tuple[GuestLabels, ...]] = Field(
        default_factory=dict,
        description="Key -> what the rules of `review` were told of the guest, where they ask; also of the "
        "former one whose vmid it has, and of what has a key of its own, as a backup, the guest that it is of.",
    )
    deferred: tuple[Deferred, ...] = ()
    preserved: tuple[Preserved, ...] = ()
    left_alone: tuple[LeftAlone, ...] = Field(default=(), description="Because of a protective tag.")
    only_in_netbox: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Cluster -> machines in the cluster of NetBox that is taken over which are no guests of Proxmox.",
    )
    unsupported: tuple[Unsupported, ...] = ()
    problems: tuple[Problem, ...] = ()
    limits: tuple[LimitHit, ...] = ()
    checks: tuple[CheckHit, ...] = ()
    ignored: dict[str, tuple[int, ...]] = Field(
        default_factory=dict,
        description="NetBox ids by kind of objects with the tag `proxbox-ignore` that changes refer to.",
    )
    referred: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict,
        description="What shared objects are that changes refer to, by kind and NetBox id: the fields of their natural "
        "keys, references as ids.",
    )
    unchanged: dict[str, int] = Field(default_factory=dict, description="Objects that already agree, by kind.")
    complete: bool = Field(
        description="Nothing is deferred: the source was read completely. Neither permits nor forbids an apply."
    )
    applicable: bool = Field(
        description="Apply may run it: no limit is exceeded and no check denies it. Says nothing about completeness."
    )

    def remade(self, **content: Any) -> Self:
        """Return the plan with other content, with the digest of its changes, sealed anew."""
        changes = content.get("changes", self.changes)
        referred = content.get("referred", self.referred)
        return super().remade(**content, changes_digest=changes_digest(changes, referred))

    def is_consistent(self) -> bool:
        """Whether the digest of the changes is that of these changes, and of what they refer to."""
        return self.changes_digest == changes_digest(self.changes, self.referred)

    def intent_digest(self) -> str:
        """Return the digest of the changes as they are shown and written, what they come from and what they are for.

        A plan that is made again from the same state and configuration has it, too, while the changes are the same:
        whatever else has been edited in NetBox since, and also when one of these objects got another time stamp.
        """
        binding = self.binding
        source = [self.changes_digest, binding.state_digest, binding.config_digest]
        about = [binding.netbox_url, binding.branch, self.part, self.machines]
        ordered = sorted(self.changes, key=lambda change: change.address)
        rows = (change.model_dump(mode="json", exclude={"last_updated"}) for change in ordered)
        return digest_of_each(chain([to_jsonable_python([*source, *about])], rows))

    @property
    def id(self) -> str:
        """Short name of the plan, from its digest: the same content has the same id."""
        return self.digest.removeprefix("sha256:")[:12]
