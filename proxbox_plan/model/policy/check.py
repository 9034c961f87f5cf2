"""Check: a rule of the configuration about plans, and what a plan that matches it needs."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from proxbox_plan.model.base import Frozen


class CheckSeverity(StrEnum):
    """What a plan needs when a check matches it."""

    ADVISORY = "advisory"
    REQUIRE = "require"
    DENY = "deny"


class Check(Frozen):
    """A rule about plans: what becomes of one with changes that match `when`."""

    name: str = Field(min_length=1, description="Shown when a change matches; no other check may have it.")
    when: str = Field(description='Expression over `change`, such as `change.action == "delete"`.')
    severity: CheckSeverity = Field(
        default=CheckSeverity.DENY,
        description="advisory: the plan says so. require: it is applied only with `apply --label LABEL`. deny: it is "
        "not applied.",
    )
    label: str | None = Field(default=None, min_length=1, description="The label that `require` requires.")
    message: str = Field(default="", description="Why, for the reviewers of the plan.")
