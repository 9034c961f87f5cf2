"""Vocabulary: what a check may name: the keys of a change, their values, and the fields of each kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from proxbox_plan.model.kind import CUSTOM, Field, FieldType, Kind
from proxbox_plan.model.plan import Action, Cause, Reason

CHANGE: Final = "change"
FIELDS: Final = "fields"
TAGS: Final = "tags"


class ValueType(StrEnum):
    """What the value of a field is compared with."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "true or false"
    LIST = "list of texts"
    ANY = "anything"


TYPES: Final[Mapping[FieldType, ValueType]] = {
    FieldType.TEXT: ValueType.TEXT,
    FieldType.INTEGER: ValueType.NUMBER,
    FieldType.DECIMAL: ValueType.NUMBER,
    FieldType.BOOLEAN: ValueType.BOOLEAN,
    FieldType.CHOICE: ValueType.TEXT,
    FieldType.MAC: ValueType.TEXT,
    FieldType.CIDR: ValueType.TEXT,
    FieldType.NAMES: ValueType.LIST,
    FieldType.REF: ValueType.TEXT,
    FieldType.REFS: ValueType.LIST,
    FieldType.GENERIC: ValueType.TEXT,
    FieldType.JSON: ValueType.ANY,
    FieldType.TIME: ValueType.TEXT,
    FieldType.CUSTOM: ValueType.ANY,
}

# What the documentation says of each key of a change.
ATTRIBUTES: Final[Mapping[str, str]] = {
    "action": "What is done to the object.",
    "kind": "Its kind.",
    "reason": "Why.",
    "name": "Its name, for people.",
    "cluster": "Name of its cluster in the configuration; nothing for an object that clusters share.",
    "address": "`KIND:KEY`, the name of the change in every plan.",
    FIELDS: "The fields that the change touches, by name; of a deletion, what is lost.",
}
# What each field of a change has.
SIDES: Final[Mapping[str, str]] = {
    "before": "Its value in NetBox; nothing if it is empty, and for what is created.",
    "after": "Its value after the change; nothing if it is empty, and for what is deleted.",
    "cause": "Who changed it since the last apply.",
}
CAUSES: Final = tuple(cause.value for cause in Cause)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that a check may name under one configuration."""

    fields: Mapping[str, Mapping[str, ValueType]]  # kind -> field -> what it is compared with
    clusters: tuple[str, ...]

    @classmethod
    def of(cls, kinds: Mapping[str, Kind], clusters: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of these kinds, but for those that no change is of: they are looked up only."""
        changed = {name: kind for name, kind in kinds.items() if kind.managed or kind.creatable}
        return cls({name: _fields(kind) for name, kind in changed.items()}, tuple(clusters))

    @property
    def values(self) -> Mapping[str, frozenset[str | None]]:
        """Return the keys of a change that have one of a closed list of values, with that list."""
        return {
            "action": frozenset(action.value for action in Action),
            "kind": frozenset(self.fields),
            "reason": frozenset(reason.value for reason in Reason),
            "cluster": frozenset({*self.clusters, None}),
        }

    def fields_of(self, kinds: Collection[str | None]) -> set[str]:
        """Return the fields that any of these kinds has."""
        return {field for kind, fields in self.fields.items() if kind in kinds for field in fields}

    def types_of(self, field: str, kinds: Collection[str | None]) -> set[ValueType]:
        """Return what the field is compared with, in any of these kinds."""
        return {fields[field] for kind, fields in self.fields.items() if kind in kinds and field in fields}

    def kinds_with(self, field: str) -> list[str]:
        """Return the kinds that have the field."""
        return sorted(kind for kind, fields in self.fields.items() if field in fields)


def _fields(kind: Kind) -> dict[str, ValueType]:
    own = {field.name: _type(field) for field in kind.fields if not field.read_only}
    return own | ({TAGS: ValueType.LIST} if kind.tagged else {})


def _type(field: Field) -> ValueType:
    return ValueType.ANY if field.name.startswith(CUSTOM) else TYPES[field.type]
