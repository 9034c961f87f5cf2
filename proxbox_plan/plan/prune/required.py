"""Required: NetBox takes no change of an object that lacks a required value, unless the change gives it.

Source: `CustomFieldsMixin.clean` of NetBox 4.7. The field was made, or made required, after the object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import CUSTOM_FIELD, KINDS
from proxbox_plan.model.kind import CUSTOM, NOTHING
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.relations.rows import Rows


def refused_changes(rows: Rows, changes: Sequence[Change]) -> Mapping[Address, tuple[str, ...]]:
    """Return the changes that NetBox would refuse, with the required custom fields that their objects lack."""
    required: dict[str, set[str]] = {}
    for field in rows.of(CUSTOM_FIELD.name):
        for label in field.fields.get("object_types") or () if field.fields.get("required") else ():
            required.setdefault(label, set()).add(field.name)
    if not required:
        return {}
    given = {(change.address.first_pass, name) for change in changes for name in _given(change)}
    found = {change.address: tuple(_lacking(rows, change, required, given)) for change in changes}
    return {address: names for address, names in found.items() if names}


def missing_values(refused: Mapping[Address, Sequence[str]]) -> Iterator[Problem]:
    """Yield a problem for each field and kind."""
    objects = {(address.object, name) for address, names in refused.items() for name in names}
    for (name, kind), count in sorted(Counter((name, address.kind) for address, name in objects).items()):
        yield Problem(
            code=ProblemCode.NOT_ALLOWED,
            address=CUSTOM_FIELD.address(name),
            message=f"NetBox requires the custom field {name!r} of every {kind.replace('-', ' ')}, and no rule gives "
            f"it: {count} without it {'is' if count == 1 else 'are'} not changed",
            hint="Set it in a rule or for all objects (`mapping.custom_fields`), give these a value in NetBox, or no "
            "longer require it.",
        )


def _lacking(
    rows: Rows, change: Change, required: Mapping[str, Collection[str]], given: Collection[tuple[Address, str]]
) -> Iterator[str]:
    row = rows.by_id(change.kind, change.target_id) if change.target_id is not None else None
    if row is None or not row.empty or isinstance(change, Delete):
        return
    names = required.get(KINDS[change.kind].object_type, ())
    yield from (name for name in row.empty if name in names and (change.address.first_pass, name) not in given)


def _given(change: Change) -> Iterator[str]:
    for item in change.fields:
        if item.field.startswith(CUSTOM) and item.after not in NOTHING:
            yield item.field.removeprefix(CUSTOM)
