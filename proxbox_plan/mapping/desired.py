"""Desired object: one NetBox object as Proxmox and the configuration define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Coverage, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an object is not planned completely: data it depends on was not read."""

    reason: Incomplete
    detail: str = ""

    @classmethod
    def because(cls, coverage: Coverage) -> Unknown:
        """Why a source that is not complete is not."""
        return cls(coverage.reason or Incomplete.NOT_READ, coverage.detail)


@dataclass(frozen=True, slots=True)
class Unread:
    """In place of a field's value: its source is incomplete, so the field is left as it is."""

    unknown: Unknown


def known(value: Value, *sources: Coverage) -> Value | Unread:
    """Return the value of a field if each of its sources was read completely."""
    source = first_incomplete(*sources)
    return value if source.complete else Unread(Unknown.because(source))


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """One desired object of a mapping file.

    A field that is absent from `fields` is unknown or unmanaged: it is never changed. Fields given as `Unread` are
    moved to `unread`, with the reason.
    """

    kind: str
    key: Key  # proxbox_key, or the natural key of a support object
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    cluster: str | None = None
    tags: tuple[str, ...] | None = None  # slugs; null where the kind is not tagged
    protected: bool | None = None  # whether its guest has the tag `proxbox-protect`; null where that is not known
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid, vmgenid: another guest under the same vmid
    prerequisites: tuple[Address, ...] = ()  # prerequisites that no field refers to
    unknown: Unknown | None = None  # not read completely: never created, and `fields` holds only known values
    managed: bool = True  # false: shared with others, so never overwritten and never deleted
    creatable: bool = True  # false: looked up only
    unread: Mapping[str, Unknown] = field(default_factory=dict)  # fields whose sources are incomplete
    vague: frozenset[str] = frozenset()  # fields of which Proxmox only tells something general: NetBox may know better
    initial: Mapping[str, Unknown] = field(default_factory=dict)  # values that replace none of NetBox: why
    forgone: Mapping[str, Any] = field(default_factory=dict)  # places that an adopted object is not given
    address: Address = field(init=False, compare=False)  # stable name in plans

    def __post_init__(self) -> None:
        """Compute the address once, as it is needed a dozen times, and set the unread fields apart."""
        object.__setattr__(self, "address", Address.of(self.kind, self.key))
        unread = {name: value.unknown for name, value in self.fields.items() if isinstance(value, Unread)}
        if unread:
            fields = {name: value for name, value in self.fields.items() if name not in unread}
            object.__setattr__(self, "fields", fields)
            object.__setattr__(self, "unread", {**self.unread, **unread})

    def ref(self) -> Ref:
        """Return a reference to the object, for fields of other objects."""
        return Ref(self.kind, None, self.name, self.address)
