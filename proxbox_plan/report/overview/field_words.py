"""A field of a change as people read it: sizes with units, lists by what comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Units
from proxbox_plan.report.overview.entry import natural
from proxbox_plan.report.overview.quantity import quantity
from proxbox_plan.report.values import LONGEST, shown

EMPTY: tuple[Any, ...] = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field in words: before and after, or for a list what comes and goes."""

    name: str
    before: str = ""  # empty for a new object
    after: str = ""  # empty for an object that goes
    delta: str = ""  # `+a -b`, in place of before and after

    @property
    def text(self) -> str:
        """The change of the value in one line."""
        return self.delta or " -> ".join(part for part in (self.before, self.after) if part)


def field_words(
    change: Change, field: FieldChange, units: Units = "binary", *, longest: int | None = LONGEST
) -> FieldWords:
    """Return a field of a change in words."""
    if not isinstance(change, Create | Delete) and isinstance(field.before, list) and isinstance(field.after, list):
        return FieldWords(field.field, delta=_delta(field.before, field.after, longest))
    before, after = (_words(change, field.field, value, units, longest) for value in (field.before, field.after))
    if isinstance(change, Create):
        return FieldWords(field.field, after=after)
    return FieldWords(field.field, before, "" if isinstance(change, Delete) else after)


def told(change: Change, *, within: bool = False) -> list[FieldChange]:
    """Return the fields that say something: a new object has those it sets, but for its name.

    `within`: it is shown under its name and what it belongs to, which are not said again.
    """
    if not isinstance(change, Create):
        return list(change.fields)
    kind = KINDS.get(change.kind)
    known = {kind.label, kind.parent} if kind is not None and within else set()
    return [field for field in change.fields if field.after not in (*EMPTY, change.name) and field.field not in known]


def _words(change: Change, name: str, value: Any, units: Units, longest: int | None) -> str:
    kind = KINDS.get(change.kind)
    unit = kind.field(name).unit if kind is not None and kind.has_field(name) else ""
    if unit and isinstance(value, int | float) and not isinstance(value, bool):
        return quantity(value, unit, units)
    return shown(value, longest=longest)


def _delta(before: list[Any], after: list[Any], longest: int | None) -> str:
    old, new = ([shown(item, longest=longest) for item in items] for items in (before, after))
    came = [f"+{item}" for item in sorted(set(new) - set(old), key=natural)]
    went = [f"-{item}" for item in sorted(set(old) - set(new), key=natural)]
    return " ".join((*came, *went)) or "another order"
