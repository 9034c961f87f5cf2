"""Choices: NetBox takes no status and no role that is none of its choices, which its administrator may replace.

Source: `FIELD_CHOICES` of NetBox. Its API tells the choices only to a token that may write; that a filter refuses a
value, it tells anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.kind import NOTHING
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.validate.draft import Draft

_CHOSEN = {kind.name: fields for kind in KINDS.values() if (fields := [item for item in kind.fields if item.choosable])}


def validate_choices(draft: Draft) -> None:
    """Leave a value off the objects of which NetBox does not have it."""
    refused = draft.estate.inventory.no_choices
    for kind in refused:
        for name, values in refused[kind].items():
            _leave_out(draft, kind, name, frozenset(values))


def choice_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the questions whether NetBox has the values that no object of the inventory has."""
    seen: dict[tuple[str, str], set[Any]] = {}
    for wanted in matched.desired.objects.values():
        row = matched.rows.get(wanted.address)
        for field in _CHOSEN.get(wanted.kind, ()):
            value = wanted.fields.get(field.name)
            if not isinstance(value, str) or value in NOTHING or _is_there(row, field.name, value):
                continue
            at = wanted.kind, field.name
            if at not in seen:
                seen[at] = {other.fields.get(field.name) for other in matched.index.of(wanted.kind)}
            if value not in seen[at]:
                yield Lookup(wanted.kind, field.name, value)


def _is_there(row: Row | None, name: str, value: str) -> bool:
    return row is not None and row.fields.get(name) == value


def _leave_out(draft: Draft, kind: str, name: str, values: frozenset[str]) -> None:
    found: dict[str, list[DesiredObject]] = {}
    for wanted, row in draft.of_kind(kind):
        value = wanted.fields.get(name)
        if value in values and not _is_there(row, name, value):
            found.setdefault(value, []).append(wanted)
            draft.leave_out(wanted, name)
    for value, objects in found.items():
        names = listed([repr(wanted.name) for wanted in objects], 1)
        draft.report(
            objects[0].address,
            f"The {name} of {names} would be {value[:60]!r}, which is none of NetBox's choices for the {name} of a "
            f"{kind}: {'it' if len(objects) == 1 else 'each'} keeps what it has, or comes without",
            "Correct the rule that gives it, or add the choice to NetBox (`FIELD_CHOICES`).",
        )
