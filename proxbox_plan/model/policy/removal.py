"""Removal: what happens to an object of ours whose source no longer exists, at once or in stages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from proxbox_plan.core.duration import Duration
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import OnMissing

NOW: Final = "now"
_FORMS: Final[Mapping[str, Mapping[str, str | None]]] = MappingProxyType(
    {
        OnMissing.DECOMMISSION: {"decommission": NOW},
        OnMissing.DELETE: {"delete": NOW},
        OnMissing.KEEP: {"decommission": None},
    }
)


class Removal(Frozen):
    """Its stages: it is decommissioned at once, and deleted when it has been that for some time."""

    decommission: Literal["now"] | None = Field(
        default=None,
        description="`now`: it gets the status of one that is gone and stays; so it does if `delete` comes later.",
    )
    delete: Literal["now"] | Duration | None = Field(
        default=None,
        description="`12h`, `30d`, `2w`: how long after that it is deleted; `now`: at once. Without this key it stays.",
    )

    @property
    def first(self) -> OnMissing:
        """What happens at once."""
        if self.decommission is None:
            return OnMissing.KEEP if self.delete is None else OnMissing.DELETE
        return OnMissing.DECOMMISSION

    @property
    def period(self) -> Duration | None:
        """How long it stays decommissioned before it is deleted; null: for good."""
        return self.delete if isinstance(self.delete, Duration) else None

    @field_validator("delete", mode="before")
    @classmethod
    def _is_a_time(cls, data: Any) -> Any:
        return data if data in (None, NOW) else Duration.parse(data)

    @model_validator(mode="after")
    def _stages_follow(self) -> Self:
        if self.decommission is not None and self.delete == NOW:
            raise ValueError("must not say `delete: now` with `decommission`: write `delete` alone")
        if self.decommission is None and self.period is not None:
            raise ValueError("must say `decommission: now` with a `delete` that comes later")
        return self


@cache
def removal_of(word: OnMissing) -> Removal:
    """Return what a short form means."""
    return Removal.model_validate(_FORMS[word])


def _stages(data: Any) -> Any:
    """Return the stages that a word or an incomplete mapping of a configuration means."""
    if isinstance(data, Removal):
        return data
    if isinstance(data, str) and data in _FORMS:
        return _FORMS[data]
    if not isinstance(data, Mapping):
        raise ValueError("must be decommission, delete, keep, or stages: {decommission: now, delete: 30d}")  # noqa: TRY004  # pydantic turns only ValueError into a diagnostic
    if not data:
        raise ValueError("must not be empty: write keep when nothing is to happen")
    implied = "decommission" not in data and data.get("delete") != NOW
    return {"decommission": NOW, **data} if implied else data


RemovalRule = Annotated[Removal, BeforeValidator(_stages, json_schema_input_type=OnMissing | Removal)]
"""As a configuration has it: `decommission`, `delete`, `keep`, or the stages."""
