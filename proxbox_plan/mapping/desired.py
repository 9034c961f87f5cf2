"""Desired: one NetBox object as the source says it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Gap


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an object is not planned in full: what we would need was not read."""

    gap: Gap
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Desired:
    """What one mapping file says about one object.

    A field that is absent from `fields` is unknown or none of our business: it is never touched.
    """

    kind: str
    key: str  # proxbox_key, or the natural key of a support object
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    natural: tuple[Any, ...] = ()  # what makes an unmarked NetBox object the same one; empty: never adopted
    cluster: str | None = None
    tags: tuple[str, ...] | None = None  # slugs; null where the kind is not tagged
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid, vmgenid: another guest under the same vmid
    after: tuple[str, ...] = ()  # addresses of what must be there first although no field refers to it
    unknown: Unknown | None = None  # not read in full: never created, and `fields` holds only what is sure
    marked: bool = True  # false: shared with others, so never overwritten and never deleted

    @property
    def address(self) -> str:
        """Stable name in plans."""
        return f"{self.kind}:{self.key}"

    def ref(self) -> Ref:
        """Return a reference to it, for fields of other objects."""
        return Ref(self.kind, None, self.name, self.address)
