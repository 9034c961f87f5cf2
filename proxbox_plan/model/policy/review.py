"""Review: rules of the configuration that say which changes a person reviews, and which are never applied."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.policy.rules import Texts


class ReviewClass(StrEnum):
    """Who lets a change be applied, from the least to the most strict."""

    AUTO = "auto"
    REVIEW = "review"
    HOLD = "hold"

    @property
    def strictness(self) -> int:
        """Place in that order."""
        return list(ReviewClass).index(self)


class Mode(StrEnum):
    """Whether the objects of a cluster, or of a kind, are written at all."""

    MANAGE = "manage"
    OBSERVE = "observe"


class ReviewCondition(Frozen):
    """Which changes. All keys that are given must hold; of a list, one.

    Text is a glob, or a regular expression between slashes.
    """

    kind: Texts | None = Field(default=None, description="Kind of the object.")
    action: Texts | None = Field(default=None, description="What is done to it: create, update, delete, ...")
    reason: Texts | None = Field(default=None, description="Why: gone-from-proxmox, needed-by-others, ...")
    field: Texts | None = Field(
        default=None,
        description="A field that is written. What is created, adopted, moved, deleted or forgotten is also judged as "
        "a whole, which no `field` fits.",
    )
    guest: Texts | None = Field(default=None, description="Name of the guest that the object is, or belongs to.")
    tag: Texts | None = Field(default=None, description="One of the tags of that guest.")
    cluster: Texts | None = Field(default=None, description="Name of its cluster in this configuration.")
    any: tuple[ReviewCondition, ...] = Field(default=(), description="One of these conditions must hold, too.")
    unless: ReviewCondition | None = Field(default=None, description="And this one must not.")


class ReviewRule(Frozen):
    """Changes that meet `when` get a class. The first rule that a field meets decides; of its fields, the strictest."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    when: ReviewCondition = Field(default=ReviewCondition(), description="Which changes; by default every change.")
    review: ReviewClass = Field(
        alias="class",
        description="auto: a plan of its own, for a job without a person (`plan --split`). review: a person looks at "
        "it. hold: shown, and never applied.",
    )
    message: str = Field(default="", description="Why, for the reviewers of the plan.")
