"""Desired object: one NetBox object as Proxmox and the configuration define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Incomplete


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an object is not planned completely: data it depends on was not read."""

    reason: Incomplete
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """One desired object of a mapping file.

    A field that is absent from `fields` is unknown or unmanaged: it is never changed.
    """

    kind: str
    key: Key  # proxbox_key, or the natural key of a support object
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    cluster: str | None = None
    tags: tuple[str, ...] | None = None  # slugs; null where the kind is not tagged
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid, vmgenid: another guest under the same vmid
    prerequisites: tuple[Address, ...] = ()  # prerequisites that no field refers to
    unknown: Unknown | None = None  # not read completely: never created, and `fields` holds only known values
    managed: bool = True  # false: shared with others, so never overwritten and never deleted
    creatable: bool = True  # false: looked up only
    address: Address = field(init=False, compare=False)  # stable name in plans

    def __post_init__(self) -> None:
        """Compute the address once: it is needed a dozen times."""
        object.__setattr__(self, "address", Address.of(self.kind, self.key))

    def ref(self) -> Ref:
        """Return a reference to the object, for fields of other objects."""
        return Ref(self.kind, None, self.name, self.address)
