"""Inventory: what NetBox has, reduced to the kinds and fields that proxbox manages, in the form of our writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple

from pydantic import Field, field_validator

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import Moment
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory.changelog import Position
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.last_applied import Ownership, StoredLastApplied

_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}(\D.*)?")  # what begins like 4.7
WHOLE = "*"  # in `Inventory.lacks`: the kind itself


class Row(Frozen):
    """One NetBox object, reduced to what we manage.

    `fields` holds plain JSON values; references are `{"kind", "id", "name"}` (model.values.Ref).
    """

    id: int
    name: str = Field(description="What NetBox shows for it; never used to decide anything.")
    fields: dict[str, Any] = Field(default_factory=dict)
    key: Key | None = Field(default=None, description="Custom field proxbox_key.")
    last_applied: StoredLastApplied | None = Field(default=None, description="Custom field proxbox_applied.")
    unreadable: str = Field(default="", description="Why proxbox_applied is none of ours; empty when it is, or unset.")
    legacy: dict[str, Any] | None = Field(
        default=None, description="What older proxbox releases left in custom fields: `vmid`, `type`."
    )
    empty: tuple[str, ...] = Field(default=(), description="Names of the custom fields of people without a value.")
    tags: tuple[str, ...] = Field(default=(), description="Slugs of all tags on it, ours or not.")
    last_updated: str | None = Field(default=None, description="As the list answers it; the ETag is built from it.")

    @property
    def ownership(self) -> Ownership | None:
        """What makes it ours; null when it is not."""
        return Ownership(self.key, self.last_applied) if self.key is not None else None

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """Fingerprint of the guest that was last applied; empty when none was."""
        return self.last_applied.fingerprint if self.last_applied else {}


NULL: Final = "null"
"""In a filter of NetBox: objects without a value."""


class Lookup(NamedTuple):
    """A question the planner has to NetBox: the rows of `kind` where `filter` is `value`."""

    kind: str
    filter: str
    value: str


class AsOf(Frozen):
    """When an inventory was read: a later one can be had by reading only what changed since."""

    moment: str = Field(description="NetBox's clock before the first object was read: UTC, `2026-11-21T07:30:00Z`.")
    entry: int = Field(description="Newest entry of NetBox's changelog then; 0: there was none.")
    entries: int = Field(description="How many entries there were.")
    columns: dict[str, str] = Field(description="Kind that was read completely -> digest of the columns that were.")

    def stands_as(self, other: AsOf) -> bool:
        """Whether another reading found the same changelog, and asks for the same: only the moment may differ."""
        return self.replace(moment=other.moment) == other


class Inventory(Document):
    """What NetBox has."""

    KIND: ClassVar[str] = "inventory"
    FORMAT: ClassVar[str] = "1.1"
    UNSEALED: ClassVar[frozenset[str]] = Document.UNSEALED | {"as_of", "changelog", "read_at"}
    read_at: Moment | None = Field(
        default=None,
        description="NetBox's clock before the first object was read; null: it was not said, as before format 1.1. Not "
        "in the digest.",
    )
    as_of: AsOf | None = Field(default=None, description="When it was read, if that was asked for; not in the digest.")
    changelog: Position | None = Field(
        default=None,
        description="Newest entry of NetBox's changelog then; null: there was none, or the token may not read it.",
    )
    url: str = Field(description="NetBox's base URL.")
    netbox_version: str
    view: BranchView | None = Field(default=None, description="The branch it was read from; null for main.")
    plugins: dict[str, str] = Field(default_factory=dict, description="Plugins NetBox runs: name -> version.")
    lacks: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Kind -> its fields this NetBox does not have; `*`: it lacks the kind."
    )
    clusters: tuple[str, ...] = Field(description="Clusters (configuration names) this inventory was read for.")
    kinds: dict[str, tuple[Row, ...]] = Field(default_factory=dict, description="Rows by kind, sorted by id.")
    asked: dict[str, dict[str, tuple[str, ...]]] = Field(
        default_factory=dict, description="Kind -> filter -> values looked up: what is not among the rows is not there."
    )
    no_choices: dict[str, dict[str, tuple[str, ...]]] = Field(
        default_factory=dict, description="Kind -> field -> values looked up that are none of NetBox's choices."
    )
    dependents: tuple[Dependent, ...] = Field(
        default=(), description="What NetBox deletes or empties along with the objects about which that was asked."
    )

    @field_validator("netbox_version")
    @classmethod
    def _has_two_numbers(cls, text: str) -> str:
        if _VERSION.fullmatch(text) is None:
            raise ValueError("is not a version of NetBox")
        return text

    def has(self, kind: Kind) -> bool:
        """Whether this NetBox runs the plugin a kind belongs to, and the plugin has that kind."""
        return (kind.plugin is None or kind.plugin in self.plugins) and WHOLE not in self.lacks.get(kind.name, ())

    def answers(self, lookup: Lookup) -> bool:
        """Whether the question was asked: what is not among the rows then is not there."""
        return lookup.value in self.asked.get(lookup.kind, {}).get(lookup.filter, ())

    @property
    def version(self) -> tuple[int, int]:
        """NetBox's major and minor version."""
        major, minor = self.netbox_version.split("-", maxsplit=1)[0].split(".")[:2]
        return int(major), int(minor)
