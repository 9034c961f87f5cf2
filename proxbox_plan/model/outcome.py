"""Outcome: what an apply did, change by change."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.base import Document, Frozen
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.plan import Action, Change, NamedMachine, Units


class Result(StrEnum):
    """What became of one change."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"  # something it depends on did not land
    STALE = "stale"  # the object was edited after the plan was made
    PENDING = "pending"  # apply stopped before it was attempted


WORST_FIRST = (Result.FAILED, Result.STALE, Result.BLOCKED, Result.PENDING, Result.DONE)


class ChangeResult(Frozen):
    """What became of one change."""

    address: Address
    kind: str
    action: Action
    name: str
    result: Result
    netbox_id: int | None = None
    message: str = Field(default="", description="NetBox's message, or what it waited for.")


class Outcome(Document):
    """What an apply did."""

    KIND: ClassVar[str] = "outcome"
    plan_id: str
    plan_digest: str
    netbox_url: str
    branch: Branch | None = Field(default=None, description="Branch of NetBox it was applied to; null for main.")
    changes: tuple[Change, ...] = Field(default=(), description="The plan's changes, so that they can be undone.")
    machines: dict[Key, NamedMachine] = Field(default_factory=dict, description="The plan's, for people.")
    units: Units = Field(default="binary", description="How memory and disks are counted: the plan's.")
    results: tuple[ChangeResult, ...] = Field(default=(), description="One per change, in the same order.")
    complete: bool = Field(description="Every change of the plan landed.")
    stopped: str = Field(default="", description="Why apply stopped early; empty when it did not.")
    warning: str = Field(default="", description="What could not be verified before the first write; empty: nothing.")
    writes: int = Field(default=0, description="Write requests that were sent.")

    def by_object(self) -> list[ChangeResult]:
        """Return one result per object, as a plan counts its changes: of two passes, the one that went worse."""
        found: dict[Address, ChangeResult] = {}
        for item in self.results:
            own = item.address.first_pass
            if own not in found:
                found[own] = item
            elif WORST_FIRST.index(item.result) < WORST_FIRST.index(found[own].result):
                found[own] = found[own].replace(result=item.result, message=item.message)
        return list(found.values())
