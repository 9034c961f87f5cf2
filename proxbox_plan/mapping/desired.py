"""Desired object: one NetBox object as the source says it should be."""

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
    """Why an object is not planned in full: what we would need was not read."""

    reason: Incomplete
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """What one mapping file says about one object.

    A field that is absent from `fields` is unknown or none of our business: it is never touched.
    """

    kind: str
    key: Key  # proxbox_key, or the natural key of a support object
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    cluster: str | None = None
    tags: tuple[str, ...] | None = None  # slugs; null where the kind is not tagged
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid, vmgenid: another guest under the same vmid
    prerequisites: tuple[Address, ...] = ()  # what must be there first although no field refers to it
    unknown: Unknown | None = None  # not read in full: never created, and `fields` holds only what is sure
    managed: bool = True  # false: shared with others, so never overwritten and never deleted
    creatable: bool = True  # false: looked up only
    address: Address = field(init=False, compare=False)  # stable name in plans

    def __post_init__(self) -> None:
        """Know the address: it is asked for a dozen times."""
        object.__setattr__(self, "address", Address.of(self.kind, self.key))

    def ref(self) -> Ref:
        """Return a reference to it, for fields of other objects."""
        return Ref(self.kind, None, self.name, self.address)
