"""Dependents: what NetBox deletes or empties along with an object."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from proxbox_plan.core.key import Key
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.relation import Effect

DEPENDENTS: Final = "dependents"
"""In place of a filter: asks what depends on the object with an id."""


class Dependent(Frozen):
    """An object that NetBox deletes, or empties a field of, along with another one."""

    kind: str = Field(description="Kind of the object that it depends on.")
    on: int = Field(description="NetBox id of that object.")
    model: str = Field(description="NetBox's type of it, `ipam.service`.")
    id: int | None = Field(default=None, description="Null: the token may not see whether there is one.")
    name: str = Field(default="", description="As NetBox shows it.")
    effect: Effect = Effect.DELETED
    field: str = Field(default="", description="Field that is emptied, `bridge`; `cf_NAME` of a custom field.")
    key: Key | None = Field(default=None, description="Our key of it, in a plan.")
    annotated: bool = Field(default=False, description="It has a description, comments, tags or custom fields.")

    @property
    def title(self) -> str:
        """What it is, for people."""
        return f"{self.model} {self.name!r}"

    @property
    def is_seen(self) -> bool:
        """Whether it is there for sure; otherwise the token may not see whether there is one."""
        return self.id is not None
