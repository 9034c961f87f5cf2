"""A plan's changes for a review: one per object, whatever number of passes it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from proxbox_plan.core.address import Address
from proxbox_plan.model.plan.change import Change, FieldChange


def merged(changes: Iterable[Change]) -> list[Change]:
    """Return one change per object: a second pass is shown as part of the first, as it is to whom it happens.

    A field that both change, because the first step has to release something, is shown from its beginning to its end.
    """
    found: dict[Address, Change] = {}
    for change in changes:
        own = change.address.first_pass
        found[own] = _with(found[own], change.fields) if own in found else change
    return list(found.values())


def _with(first: Change, more: Iterable[FieldChange]) -> Change:
    fields = {field.field: field for field in first.fields}
    for field in more:
        begun = fields.get(field.field)
        fields[field.field] = replace(field, before=begun.before) if begun else field
    return first.replace(fields=tuple(fields.values()))
