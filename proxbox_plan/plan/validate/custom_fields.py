"""Custom fields: those that NetBox requires must have a value, and values must fit.

Sources: `CustomFieldsMixin.clean` and `CustomField.validate` of NetBox 4.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxbox_plan.core.key import Key
from proxbox_plan.core.patterns import pattern
from proxbox_plan.mapping import CUSTOM_FIELD, KINDS, device
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.filled_field import shaped
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.kind import CUSTOM, NOTHING
from proxbox_plan.plan.validate.draft import Draft, is_looked_up


def validate_custom_fields(draft: Draft) -> None:
    """Refuse new objects that lack a required value, and leave out values that the field does not take.

    An object that is there and lacks one gets it from its rules, too: NetBox takes no other change of it before.
    """
    by_type = _fields_of_people(draft)
    ruled = dict(_ruled(draft)) if by_type else {}
    lacking: Counter[tuple[str, str]] = Counter()
    for wanted, row in draft.of_kind(*(kind.name for kind in KINDS.values() if kind.object_type in by_type)):
        if row is None and is_looked_up(wanted):
            continue
        kept = dict(wanted.fields)
        for field in by_type[KINDS[wanted.kind].object_type]:
            _leave_out_misfit(draft, wanted, field, kept)
            if not field.fields.get("required") or (row is not None and field.name not in row.empty):
                continue
            if not _is_filled(field, wanted, kept, ruled) and row is None:
                lacking[field.name, wanted.kind] += 1
                draft.blocked[wanted.address] = wanted.address
        if kept.keys() != wanted.fields.keys():
            draft.give(wanted, kept)
    for (name, kind), count in lacking.items():
        draft.report(
            CUSTOM_FIELD.address(name),
            f"NetBox requires the custom field {name!r} of every {kind.replace('-', ' ')}, and no rule gives it: "
            f"{count} {'is' if count == 1 else 'are'} not created",
            "Set it in a rule (`custom_fields`), give the field a default in NetBox, or no longer require it there.",
        )


def _fields_of_people(draft: Draft) -> Mapping[str, Sequence[Row]]:
    """Return the custom fields that were read, but for ours, by object type."""
    found: dict[str, list[Row]] = {}
    for field in draft.matched.index.of(CUSTOM_FIELD.name):
        for label in () if field.name in FIELDS else field.fields.get("object_types") or ():
            found.setdefault(label, []).append(field)
    return found


def _leave_out_misfit(draft: Draft, wanted: DesiredObject, field: Row, kept: dict[str, Any]) -> None:
    value = kept.get(f"{CUSTOM}{field.name}")
    if value in NOTHING or not (why := _misfit(field, value)):
        return
    del kept[f"{CUSTOM}{field.name}"]
    draft.report(
        wanted.address,
        f"A rule sets the custom field {field.name!r} of {wanted.name!r} to {str(value)[:60]!r}, {why}",
        "Correct the rule; the value in NetBox stays as it is.",
    )


def _is_filled(field: Row, wanted: DesiredObject, kept: dict[str, Any], ruled: Mapping[Key, Mapping[str, Any]]) -> bool:
    """Whether a required field has a value: what hangs off a guest or a node gets the one that a rule gives these.

    The default of a field is only NetBox's own affair for objects that are sent without any custom field.
    """
    name, default = f"{CUSTOM}{field.name}", field.fields.get("default")
    if not KINDS[wanted.kind].managed:
        return default not in NOTHING
    if kept.get(name) in NOTHING:
        kept |= _given(ruled.get(wanted.key.owner), name, field)
    if kept.get(name) in NOTHING and default not in NOTHING:
        kept[name] = default
    return kept.get(name) not in NOTHING


def _ruled(draft: Draft) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """Yield what rules set in custom fields, by the key of the guest or the node."""
    for view in draft.estate.clusters:
        yield from ((guest.key, guest.targets.custom_fields) for guest in view.guests)
        yield from ((device.key(view, name), found.custom_fields) for name, found in view.evaluations.items())


def _given(rule: Mapping[str, Any] | None, name: str, field: Row) -> dict[str, Any]:
    """Return a required value of what hangs off a guest or a node as its rules give it, if they do."""
    value = (rule or {}).get(name)
    try:
        found = None if value is None else shaped(value, str(field.fields.get("type")))
    except ValueError:  # which is said where the rule is about the guest itself
        return {}
    return {} if found is None or _misfit(field, found) else {name: found}


def _misfit(field: Row, value: Any) -> str:
    """Return why a field does not take a value; empty when it does, or when only NetBox knows."""
    low, high = field.fields.get("validation_minimum"), field.fields.get("validation_maximum")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if low is not None and value < low:
            return f"and NetBox takes at least {low}"
        if high is not None and value > high:
            return f"and NetBox takes at most {high}"
    expression = field.fields.get("validation_regex")
    if expression and isinstance(value, str):
        try:
            found = pattern(f"/\\A(?:{expression})/").search(value)
        except ValueError:  # one of Python's that RE2 does not have: NetBox will say
            return ""
        return "" if found else f"which its pattern {expression!r} does not match"
    return ""
