"""Last-applied data: what we wrote to an object, kept on the object itself in the custom field `proxbox_applied`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from pydantic import ConfigDict, PlainSerializer, TypeAdapter, ValidationError

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import Moment


@dataclass(frozen=True, slots=True)  # NetBox has one on every managed object: a model takes eight times as much
class LastApplied:
    """What was last applied to one object: the base of every three-way comparison."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fields: Mapping[str, Any] = field(default_factory=dict)  # records of values (`plan.diff.ownership.recorded`)
    fingerprint: Mapping[str, str] = field(default_factory=dict)  # uuid and vmgenid of a guest
    tags: tuple[str, ...] = ()  # slugs that we added
    since: Moment | None = None  # when the state was collected from which it was first applied
    decommissioned: Moment | None = None  # NetBox's clock when it was found that its source is gone
    protected: bool = False  # the guest had the tag `proxbox-protect` in Proxmox

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
        if self.since:
            found["since"] = self.since
        if self.decommissioned:
            found["decommissioned"] = self.decommissioned
        if self.protected:
            found["protected"] = True
        return found


StoredLastApplied = Annotated[LastApplied, PlainSerializer(LastApplied.to_json, return_type=dict[str, Any])]
"""The same inside a document: without what is empty, as in the custom field."""


def read_last_applied(value: object) -> LastApplied | None:
    """Return what the custom field holds; null when it is empty. ValueError says why it cannot be what we wrote."""
    if value in _EMPTY:
        return None
    try:
        found = _READER.validate_python(value)
    except ValidationError as error:
        raise ValueError(_reason(error)) from None
    for name, record in found.fields.items():
        if isinstance(record, _NESTED) and not _is_record(record, _DEEPEST):
            raise ValueError(f"fields.{name}: no value of a field has this form"[:_LONGEST])
    return found


_READER: Final = TypeAdapter(LastApplied)
_EMPTY: Final[tuple[object, ...]] = (None, {})
_NESTED: Final = (dict, list)  # a union would be made anew for each value
_DEEPEST: Final = 9  # levels of the value of a custom field, and its scalars
_LONGEST: Final = 120


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "unexpected_keyword_argument":
        return f"{where[:_LONGEST]} is not known to this version"
    return f"{where}: {first['msg']}"[:_LONGEST] if where else "it is no object"


def _is_record(value: object, depth: int) -> bool:
    """Whether a value may be a record of a field: what is applied holds no reference without an id."""
    if not isinstance(value, _NESTED):
        return depth > 0
    if isinstance(value, dict) and {"kind", "name"} <= value.keys():
        return False
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_is_record(item, depth - 1) for item in inner)


@dataclass(frozen=True, slots=True)
class Ownership:
    """What makes an object ours: its key, and what we last applied to it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: Key
    last_applied: StoredLastApplied | None = None
