"""Judgment: the class of a change, and for one that is held why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from proxbox_plan.core.address import Address
from proxbox_plan.model.plan import HoldReason
from proxbox_plan.model.policy import ReviewClass


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a change is held."""

    reason: HoldReason
    message: str
    rule: int | None = None  # of the list `review`, from 0
    by: Address | None = None  # the held change that it depends on or belongs to


@dataclass(frozen=True, slots=True)
class Judgment:
    """The class of a change; `hold` is there if, and only if, no apply makes it."""

    review: ReviewClass
    hold: Hold | None = None

    @classmethod
    def held(cls, hold: Hold) -> Self:
        """Return the judgment that a change is held."""
        return cls(ReviewClass.HOLD, hold)


REVIEWED: Final = Judgment(ReviewClass.REVIEW)
"""What no rule decides."""


def strictest(judgments: Iterable[Judgment]) -> Judgment:
    """Return the first of the strictest judgments."""
    return max(judgments, key=lambda judgment: judgment.review.strictness)
