"""Explanation: which rule gave a guest, a node or a cluster which value, and why the others did not."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen


class Explained(Frozen):
    """One value and where it comes from."""

    key: str = Field(description="Key of `set`: role, tenant, ...")
    value: Any = Field(description="What NetBox gets; null when it cannot be told.")
    origin: str = Field(description="`FILE:LINE` of the rule that gave it; empty for a default.")
    why: str = Field(description="Where the value comes from, in words.")


class Tried(Frozen):
    """One rule that was tried, in this order."""

    origin: str = Field(description="`FILE:LINE` of the rule.")
    rule: str = Field(description="The rule in words: rule 2 of cluster 'lab'.")
    met: bool
    gave: tuple[str, ...] = Field(default=(), description="Keys it settled; a rule before it may have settled all.")
    miss: str = Field(default="", description="Why it is not met.")


class Explanation(Frozen):
    """The values of one object, and the rules that were evaluated."""

    address: Address = Field(description="Address of the object in plans.")
    name: str
    in_scope: bool | None = Field(
        default=True,
        description="False: a filter of the configuration excludes it; null: that depends on what was not read.",
    )
    values: tuple[Explained, ...] = ()
    tried: tuple[Tried, ...] = ()
