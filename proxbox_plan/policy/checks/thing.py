"""Thing: what a part of an expression is: the change, a key of it, a field, or a side of a field."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.policy.checks.vocabulary import CHANGE, FIELDS, ValueType


@dataclass(frozen=True, slots=True)
class WholeChange:
    """`change` itself."""

    text: str = CHANGE


@dataclass(frozen=True, slots=True)
class Attribute:
    """A key of a change, such as `change.kind`."""

    name: str

    @property
    def text(self) -> str:
        """Return it as an expression reads it."""
        return f"{CHANGE}.{self.name}"


@dataclass(frozen=True, slots=True)
class TouchedField:
    """A field of a change, such as `change.fields.memory`."""

    name: str

    @property
    def text(self) -> str:
        """Return it as an expression reads it."""
        return f"{CHANGE}.{FIELDS}.{self.name}"


@dataclass(frozen=True, slots=True)
class FieldSide:
    """A side of a field, such as `change.fields.memory.after`."""

    field: str
    name: str
    types: frozenset[ValueType]

    @property
    def text(self) -> str:
        """Return it as an expression reads it."""
        return f"{CHANGE}.{FIELDS}.{self.field}.{self.name}"


Thing = WholeChange | Attribute | TouchedField | FieldSide | None
"""What a part of an expression is; null for what is computed, and for what is wrong already."""
