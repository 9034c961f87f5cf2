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
    before, after = (
        value_words(change.kind, field.field, value, units, longest=longest) for value in (field.before, field.after)
    )
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


def side_words(
    kind: str, name: str, sides: tuple[Any, Any], units: Units, *, longest: int | None = LONGEST
) -> tuple[str, str]:
    """Return what NetBox and what Proxmox say of a field; of a list, what only one of them has (`+a`)."""
    netbox, proxmox = sides
    if isinstance(netbox, list) and isinstance(proxmox, list):
        return _only(netbox, proxmox, longest), _only(proxmox, netbox, longest)
    ours, theirs = (value_words(kind, name, value, units, longest=longest) for value in sides)
    return ours, theirs


def sides_words(kind: str, name: str, sides: tuple[Any, Any], units: Units) -> str:
    """Return in one line what NetBox and what Proxmox say of a field; of lists, who has something of its own."""
    netbox, proxmox = side_words(kind, name, sides, units)
    if all(isinstance(side, list) for side in sides):
        named = (("NetBox", netbox), ("Proxmox", proxmox))
        return "; ".join(f"{who} {words}" for who, words in named if words) or "another order"
    return f"NetBox has {netbox}, Proxmox {proxmox}"


def value_words(kind_name: str, name: str, value: Any, units: Units, *, longest: int | None = LONGEST) -> str:
    """Return a value of a field of a kind, a size with its unit."""
    kind = KINDS.get(kind_name)
    unit = kind.field(name).unit if kind is not None and kind.has_field(name) else ""
    if unit and isinstance(value, int | float) and not isinstance(value, bool):
        return quantity(value, unit, units)
    return shown(value, longest=longest)


def _delta(before: list[Any], after: list[Any], longest: int | None) -> str:
    went = _only(before, after, longest, "-")
    return " ".join(filter(None, (_only(after, before, longest), went))) or "another order"


def _only(items: list[Any], others: list[Any], longest: int | None, sign: str = "+") -> str:
    """Return what one list has and another has not."""
    had = {shown(item, longest=longest) for item in others}
    return " ".join(
        f"{sign}{item}" for item in sorted({shown(item, longest=longest) for item in items} - had, key=natural)
    )
