"""Held: a change that is planned and shown, and that no apply makes."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.plan.change import Change


class HoldReason(StrEnum):
    """Why a change is held. Closed list; documented in docs/problems.md."""

    RULE = "review-rule"
    CLUSTER = "observed-cluster"
    KIND = "observed-kind"
    NEEDS = "depends-on-held"
    TOGETHER = "belongs-to-held"


class Held(Frozen):
    """A change that the configuration holds, or that cannot be made without one."""

    change: Change
    reason: HoldReason
    rule: int | None = Field(default=None, description="Which rule of `review`, from 0; null unless one holds it.")
    by: Address | None = Field(default=None, description="The held change that it depends on or belongs to.")
    message: str = Field(description="Why, in words.")

    @property
    def address(self) -> Address:
        """Address of the change."""
        return self.change.address


class GuestLabels(Frozen):
    """What rules of `review` are told of a guest."""

    name: str = ""
    tags: tuple[str, ...] = ()
    unknown: tuple[Literal["guest", "tag"], ...] = Field(
        default=(), description="What it may have beside these: another name, other tags."
    )
