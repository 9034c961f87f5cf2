"""Last-applied data: what we wrote to an object, kept on the object itself in the custom field `proxbox_applied`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from pydantic import ConfigDict, PlainSerializer, TypeAdapter, ValidationError

from proxbox_plan.core.key import Key


@dataclass(frozen=True, slots=True)  # NetBox has one on every managed object: a model takes eight times as much
class LastApplied:
    """What was last applied to one object: the base of every three-way comparison."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fields: Mapping[str, Any] = field(default_factory=dict)  # records of values (`plan.diff.ownership.recorded`)
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid and vmgenid of a guest
    tags: tuple[str, ...] = ()  # slugs that we added

    def with_fields(self, more: Mapping[str, Any], drop: Collection[str] = ()) -> LastApplied:
        """Return it with some fields more, and some less."""
        kept = {name: value for name, value in self.fields.items() if name not in drop}
        return replace(self, fields={**kept, **more})

    def to_json(self) -> dict[str, Any]:
        """Return what goes into the custom field: nothing that is empty but the fields."""
        found: dict[str, Any] = {"fields": dict(self.fields)}
        if self.fingerprint:
            found["fingerprint"] = dict(self.fingerprint)
        if self.tags:
            found["tags"] = list(self.tags)
        return found


StoredLastApplied = Annotated[LastApplied, PlainSerializer(LastApplied.to_json, return_type=dict[str, Any])]
"""The same inside a document: without what is empty, as in the custom field."""


def read_last_applied(value: object) -> LastApplied | None:
    """Return what the custom field holds; null when it holds nothing that we wrote."""
    try:
        return None if value is None else _READER.validate_python(value)
    except ValidationError:
        return None


_READER: Final = TypeAdapter(LastApplied)


@dataclass(frozen=True, slots=True)
class Ownership:
    """What makes an object ours: its key, and what we last applied to it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: Key
    last_applied: StoredLastApplied | None = None
