"""Check tests: a change in, the names of the checks out that must match it."""

from __future__ import annotations

from typing import Any, Final, Self

from pydantic import Field, model_validator

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.plan import Action, Cause, Reason

REASONS: Final = {
    Action.CREATE: Reason.NEW,
    Action.UPDATE: Reason.CHANGED,
    Action.ADOPT: Reason.MATCHED,
    Action.MOVE: Reason.MOVED,
    Action.DELETE: Reason.GONE,
    Action.FORGET: Reason.FORGOTTEN,
}
"""The reason of an example that names none."""


class ExampleField(Frozen):
    """A field of an example change. References are names."""

    before: Any = Field(default=None, description="Its value in NetBox.")
    after: Any = Field(default=None, description="Its value after the change.")
    cause: Cause = Field(default=Cause.PROXMOX, description="Who changed it since the last apply.")


class ExampleChange(Frozen):
    """A change as a plan would have it, by the names that expressions have for it."""

    action: Action = Field(description="What is done to the object.")
    kind: str = Field(description="Its kind.")
    reason: Reason | None = Field(default=None, description="Why; by default the usual reason of the action.")
    name: str = Field(default="example", description="Its name.")
    cluster: str | None = Field(default=None, description="Name of its cluster in the configuration.")
    address: str | None = Field(default=None, description="By default `KIND:example`.")
    fields: dict[str, ExampleField] = Field(default_factory=dict, description="The fields that it touches.")


class CheckTest(Frozen):
    """One change, and which checks must match it."""

    name: str = Field(description="What must hold; shown with the result.")
    change: ExampleChange = Field(description="The change.")
    expect: tuple[str, ...] = Field(default=(), description="Names of checks that must match.")
    absent: tuple[str, ...] = Field(default=(), description="Names of checks that must not match.")

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.expect and not self.absent:
            raise ValueError("must have `expect` or `absent`")
        return self


class CheckTests(Frozen):
    """A file of check tests."""

    tests: tuple[CheckTest, ...] = Field(description="The tests.")
