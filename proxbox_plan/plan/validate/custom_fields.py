"""Custom fields: those that NetBox requires must have a value, and values must fit, some of them once only.

Sources: `CustomFieldsMixin.clean` and `CustomField.validate` of NetBox 4.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxbox_plan.core.key import Key
from proxbox_plan.core.listed import listed
from proxbox_plan.core.patterns import pattern
from proxbox_plan.mapping import CHOICE_SET, CUSTOM_FIELD, INTERFACE, KINDS, MAC_ADDRESS, VM_INTERFACE, device
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.filled_field import shaped
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.kind import CUSTOM, NOTHING
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft, is_looked_up

_MAC = "mac_address"


def validate_custom_fields(draft: Draft) -> None:
    """Refuse new objects that lack a required value, and leave out values that the field does not take.

    An object that is there and lacks one gets it from its rules, too: NetBox takes no other change of it before.
    """
    by_type = _fields_of_people(draft)
    ruled = dict(_ruled(draft.estate)) if by_type else {}
    taken = _Taken(draft)
    lacking: Counter[tuple[str, str]] = Counter()
    for wanted, row in draft.of_kind(*(kind.name for kind in KINDS.values() if kind.object_type in by_type)):
        if row is None and is_looked_up(wanted):
            continue
        kept = dict(wanted.fields)
        for field in by_type[KINDS[wanted.kind].object_type]:
            _leave_out_misfit(draft, wanted, field, kept)
            taken.leave_out(wanted, row, field, kept)
            if not field.fields.get("required") or (row is not None and field.name not in row.empty):
                continue
            if not _is_filled(draft, field, wanted, kept, ruled) and row is None:
                lacking[field.name, wanted.kind] += 1
                draft.blocked[wanted.address] = wanted.address
        if kept.keys() != wanted.fields.keys():
            draft.give(wanted, kept)
    for (name, kind), count in lacking.items():
        draft.report(
            CUSTOM_FIELD.address(name),
            f"NetBox requires the custom field {name!r} of every {kind.replace('-', ' ')}, and no rule gives it: "
            f"{count} {'is' if count == 1 else 'are'} not created",
            "Set it in a rule or for all objects (`mapping.custom_fields`), give the field a default in NetBox, or no "
            "longer require it there.",
        )
    _leave_out_macs(draft, by_type)


def custom_field_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the questions what a custom field that rules fill takes, and who has the value of one that is unique."""
    filled = {name for _, values in _ruled(matched.estate) for name in values}
    fields = [row for row in matched.index.of(CUSTOM_FIELD.name) if f"{CUSTOM}{row.name}" in filled]
    sets = [ref_id(field.fields.get("choice_set")) for field in fields]
    yield from (Lookup(CHOICE_SET.name, "id", str(number)) for number in sets if number is not None)
    unique = [f"{CUSTOM}{row.name}" for row in fields if row.fields.get("unique") and _may_be_asked_for(row)]
    for wanted in matched.desired.objects.values() if unique else ():
        row = matched.rows.get(wanted.address)
        for name in unique:
            value = wanted.fields.get(name)
            if value not in NOTHING and (row is None or row.fields.get(name) != value):
                yield Lookup(wanted.kind, name, str(value))


def _may_be_asked_for(field: Row) -> bool:
    """Whether NetBox filters by a custom field; else it would answer with everything."""
    return field.fields.get("filter_logic") != "disabled"


class _Taken:
    """Values of custom fields that NetBox has once: who has them, or gets them first."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._holders: dict[tuple[str, str], dict[str, tuple[int | None, str]]] = {}

    def leave_out(self, wanted: DesiredObject, row: Row | None, field: Row, kept: dict[str, Any]) -> None:
        """Leave out the value of an object that another one has, and report both."""
        name = f"{CUSTOM}{field.name}"
        value = kept.get(name)
        if not field.fields.get("unique") or value in NOTHING:
            return
        number = row.id if row is not None else None
        holder, title = self._of(wanted.kind, name).setdefault(str(value), (number, wanted.name))
        if (holder, title) == (number, wanted.name) or (holder is not None and holder == number):
            return
        del kept[name]
        self._draft.report(
            wanted.address,
            f"A rule sets the custom field {field.name!r} of {wanted.name!r} to {str(value)[:60]!r}, which "
            f"{title!r} has, and NetBox has it once only",
            "Correct the rule; the value in NetBox stays as it is.",
        )

    def _of(self, kind: str, name: str) -> dict[str, tuple[int | None, str]]:
        """Return the holders of each value, first those that NetBox has."""
        if (kind, name) not in self._holders:
            rows = [row for row in self._draft.matched.index.of(kind) if row.fields.get(name) not in NOTHING]
            self._holders[kind, name] = {str(row.fields[name]): (row.id, row.name) for row in rows}
        return self._holders[kind, name]


def _leave_out_macs(draft: Draft, by_type: Mapping[str, Sequence[Row]]) -> None:
    """Leave the MAC address off interfaces where NetBox 4.7 cannot make the object for it: it gives it no field."""
    required = next((row for row in by_type.get(MAC_ADDRESS.object_type, ()) if row.fields.get("required")), None)
    left = 0
    for wanted, row in draft.of_kind(VM_INTERFACE.name, INTERFACE.name) if required is not None else ():
        mac = wanted.fields.get(_MAC)
        if mac is not None and (row is None or row.fields.get(_MAC) != mac):
            draft.leave_out(wanted, _MAC)
            left += 1
    if required is not None and left:
        draft.report(
            CUSTOM_FIELD.address(required.name),
            f"NetBox requires the custom field {required.name!r} of every MAC address, and makes these itself, without "
            f"one: {left} interface{' comes' if left == 1 else 's come'} without the MAC address",
            "No longer require it of MAC addresses in NetBox.",
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
    if value in NOTHING or not (why := _misfit(draft, field, value)):
        return
    del kept[f"{CUSTOM}{field.name}"]
    draft.report(
        wanted.address,
        f"A rule sets the custom field {field.name!r} of {wanted.name!r} to {str(value)[:60]!r}, {why}",
        "Correct the rule; the value in NetBox stays as it is.",
    )


def _is_filled(
    draft: Draft, field: Row, wanted: DesiredObject, kept: dict[str, Any], ruled: Mapping[Key, Mapping[str, Any]]
) -> bool:
    """Whether a required field has a value: what hangs off a guest or a node gets the one that a rule gives these.

    What no rule gives is given for all objects, if at all. The default of a field is only NetBox's own affair for
    objects that are sent without any custom field.
    """
    name, default = f"{CUSTOM}{field.name}", field.fields.get("default")
    general = {f"{CUSTOM}{key}": value for key, value in draft.estate.policy.custom_fields.items()}
    for values in (ruled.get(wanted.key.owner, {}), general):
        if kept.get(name) in NOTHING:
            kept |= _given(draft, values, name, field)
    if kept.get(name) in NOTHING and default not in NOTHING and KINDS[wanted.kind].managed:
        kept[name] = default
    return kept.get(name) not in NOTHING or default not in NOTHING


def _ruled(estate: Estate) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """Yield what rules set in custom fields, by the key of the guest or the node."""
    for view in estate.clusters:
        yield from ((guest.key, guest.targets.custom_fields) for guest in view.guests)
        yield from ((device.key(view, name), found.custom_fields) for name, found in view.evaluations.items())


def _given(draft: Draft, rule: Mapping[str, Any], name: str, field: Row) -> dict[str, Any]:
    """Return a required value of what hangs off a guest or a node as its rules give it, if they do."""
    value = rule.get(name)
    try:
        found = None if value is None else shaped(value, str(field.fields.get("type")))
    except ValueError:  # which is said where the rule is about the guest itself
        return {}
    return {} if found is None or _misfit(draft, field, found) else {name: found}


def _misfit(draft: Draft, field: Row, value: Any) -> str:
    """Return why a field does not take a value; empty when it does, or when only NetBox knows."""
    low, high = field.fields.get("validation_minimum"), field.fields.get("validation_maximum")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if low is not None and value < low:
            return f"and NetBox takes at least {low}"
        if high is not None and value > high:
            return f"and NetBox takes at most {high}"
    choices = _choices(draft, field)
    if choices and not choices.issuperset(value if isinstance(value, list) else (value,)):
        return f"and NetBox has only these choices: {listed(sorted(choices))}"
    expression = field.fields.get("validation_regex")
    if expression and isinstance(value, str):
        try:
            found = pattern(f"/\\A(?:{expression})/").search(value)
        except ValueError:  # one of Python's that RE2 does not have: NetBox will say
            return ""
        return "" if found else f"which its pattern {expression!r} does not match"
    return ""


def _choices(draft: Draft, field: Row) -> frozenset[str]:
    """Return the values a field takes; none where any is taken, or where NetBox adds a list of its own."""
    number = ref_id(field.fields.get("choice_set"))
    row = draft.matched.index.by_id(CHOICE_SET.name, number) if number is not None else None
    if row is None or row.fields.get("base_choices"):
        return frozenset()
    return frozenset(str(item[0]) for item in row.fields.get("extra_choices") or ())
