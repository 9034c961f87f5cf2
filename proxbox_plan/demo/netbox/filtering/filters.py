"""Filters of list requests; an unknown filter is an error here, as NetBox would ignore it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.filtering import lookups
from proxbox_plan.demo.netbox.filtering.related import SPECIAL, invalid, mac_of, targets_of
from proxbox_plan.demo.netbox.refusal import RefusalError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.store import Store, StoredRow
from proxbox_plan.demo.netbox.values import custom_fields_of
from proxbox_plan.demo.netbox.versions import TAG_IDS, Version, VersionRule

NOT_FILTERS = frozenset({"limit", "offset", "start", "ordering", "fields", "omit", "brief", "format"})
NULL = "null"
YES = frozenset({"true", "1"})
NO = frozenset({"false", "0"})
CHANGE_FILTERS = {
    "created_by_request": frozenset({"create"}),
    "updated_by_request": frozenset({"update"}),
    "modified_by_request": frozenset({"create", "update"}),
}
IN_ANY_CASE = frozenset({("virtualization.virtualmachine", "name"), ("dcim.device", "name"), ("dcim.device", "serial")})
"""Filters that NetBox itself compares without regard to case."""

RULES: Mapping[str, VersionRule] = {"tag_id": TAG_IDS}
"""Filters that older versions do not have, though they have the field."""

Ids = set[int]
Test = Callable[[int, StoredRow], bool]


def apply(store: Store, model: Model, version: Version, query: Mapping[str, list[str]]) -> Ids | None:
    """Give the ids of the rows that pass every filter of the query; None when there is no filter."""
    found: Ids | None = None
    filters = _Filters(store, model)
    for name, values in query.items():
        if name not in NOT_FILTERS:
            if not is_in(model, name, version):
                raise unknown(name)
            passed = filters.select(name, values, found)
            found = passed if found is None else found & passed
    return found


def names(model: Model) -> set[str]:
    """List the filters of a model, without lookups and custom fields."""
    known = {"id", "q"} if model.logged and model.searched else {"id"}
    if model.logged:
        known |= set(CHANGE_FILTERS)
    for field in model.fields:
        if not field.filterable or field.kind in {"computed", "constant", "count", "json", "custom_fields"}:
            continue
        if field.kind == "ref" and field.id_filter:
            known |= {field.name} if field.id_filter == "one" else {field.name, f"{field.name}_id"}
        elif field.kind == "ref":
            known |= {f"{field.name}_id", field.name} if _by_lookup(field) else {f"{field.name}_id"}
        elif field.kind == "tags":
            known |= {"tag", "tag_id"}
        else:
            known.add(field.name)
    return known | set(SPECIAL.get(model.label, {}))


def is_in(model: Model, name: str, version: Version) -> bool:
    """Whether a NetBox of this version has a filter, if any has it: by a rule, or since it has the field."""
    base = name.partition("__")[0]
    rule = RULES.get(base)
    if rule is not None:
        return rule.is_in(version)
    field = model.by_name.get(base) or model.by_name.get(base.removesuffix("_id"))
    return base in SPECIAL.get(model.label, {}) or field is None or field.is_in(version)


def _by_lookup(field: ModelField) -> bool:
    by_text = MODELS[field.to].lookup in {"slug", "name", "rd"} and not field.name.startswith("default_")
    return by_text and not field.filter_by_id_only


def unknown(name: str) -> RefusalError:
    """Refuse a filter that does not exist."""
    return invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")


class _Filters:
    def __init__(self, store: Store, model: Model) -> None:
        self._store = store
        self._model = model
        self._table = store.tables[model.label]

    def select(self, name: str, values: list[str], among: Ids | None) -> Ids:  # noqa: PLR0911
        base, _, lookup = name.partition("__")
        if name.startswith("cf_"):
            return self._custom_field(name, values, among)
        special = SPECIAL.get(self._model.label, {}).get(name)
        if special is not None:
            return special(self._store, values, name)
        if base in CHANGE_FILTERS and not lookup and self._model.logged:
            return self._by_request(base, values)
        if base == "q" and not lookup:
            return self._search(values, among)
        if base in {"tag", "tag_id"} and "tags" in self._model.by_name:
            return self._tagged(name, base, lookup, values)
        if base == "id":
            return self._numbers(name, lookup, values, lambda row_id, _row: row_id, among)
        field = self._model.by_name.get(base)
        if field is not None and field.filterable and field.kind != "ref":
            return self._plain(name, field, lookup, values, among)
        reference = self._model.by_name.get(base.removesuffix("_id"))
        by_id = base.endswith("_id")
        if reference is not None and reference.id_filter and reference.filterable and not lookup:
            return self._by_target_id(name, reference, values)
        if (
            reference is not None
            and reference.kind == "ref"
            and reference.filterable
            and (by_id or _by_lookup(reference))
        ):
            return self._reference(name, reference, lookup, values, by_id=by_id)
        raise unknown(name)

    def _scan(self, test: Test, among: Ids | None) -> Ids:
        rows = self._table.rows
        return {row_id for row_id in (rows if among is None else among) if test(row_id, rows[row_id])}

    def _plain(self, name: str, field: ModelField, lookup: str, values: list[str], among: Ids | None) -> Ids:  # noqa: PLR0911
        match field.kind:
            case "integer" | "object_id":
                return self._numbers(name, lookup, values, lambda _id, row: row[field.name], among)
            case "decimal":
                return self._numbers(name, lookup, values, lambda _id, row: row[field.name], among, kind=Decimal)
            case "time":
                return self._times(name, field, lookup, values, among)
            case "flag":
                wanted = [
                    value.lower() in {"true", "1"} for value in values if value.lower() in {"true", "false", "1", "0"}
                ]
                return self._scan(lambda _id, row: not wanted or row[field.name] in wanted, among)
            case "choice":
                return self._choices(name, field, lookup, values, among)
            case "mac":
                values = [mac_of(name, value) for value in values] if lookup in {"", "n"} else values
            case "prefix" if not lookup:
                values = [_network(value) for value in values]
        if lookup in {"", "n"} and (self._model.label, field.name) in IN_ANY_CASE:
            lookup = {"": "ie", "n": "nie"}[lookup]
        if not lookup and field.name in {"name", "slug", "mac_address", "prefix"}:
            return {row_id for value in values for row_id in self._table.find(field.name, value)}
        test = _lookup(name, lookup, values)
        return self._scan(lambda _id, row: test(row[field.name]), among)

    def _choices(self, name: str, field: ModelField, lookup: str, values: list[str], among: Ids | None) -> Ids:
        if lookup not in {"", "n"}:
            test = _lookup(name, lookup, values)
            return self._scan(lambda _id, row: test(row[field.name]), among)
        for value in values:
            if value not in field.choices and value != NULL:
                raise invalid(name, f"Select a valid choice. {value} is not one of the available choices.")
        wanted = {"" if value == NULL else value for value in values}
        return self._scan(lambda _id, row: (row[field.name] in wanted) == (lookup == ""), among)

    def _numbers(  # noqa: PLR0913
        self,
        name: str,
        lookup: str,
        values: list[str],
        value_of: Callable[[int, StoredRow], Any],
        among: Ids | None,
        kind: Callable[[str], Any] = int,
    ) -> Ids:
        if lookup == "empty":
            wanted = values[-1].lower() == "true"
            return self._scan(lambda row_id, row: (value_of(row_id, row) is None) == wanted, among)
        try:
            numbers = [None if value == NULL else kind(value) for value in values]
        except (ValueError, InvalidOperation):
            raise invalid(name, "Enter a whole number." if kind is int else "Enter a number.") from None
        if name == "id":
            return {number for number in numbers if number in self._table.rows}
        compare = lookups.COMPARISONS.get(lookup)
        if compare is None:
            raise unknown(name)
        return self._scan(lambda row_id, row: compare(value_of(row_id, row), numbers), among)

    def _times(self, name: str, field: ModelField, lookup: str, values: list[str], among: Ids | None) -> Ids:
        try:
            times = [datetime.fromisoformat(value) for value in values]
        except ValueError:
            raise invalid(name, "Enter a valid date/time.") from None
        aware = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
        compare = lookups.COMPARISONS.get(lookup)
        if compare is None:
            raise unknown(name)
        return self._scan(lambda _id, row: compare(row[field.name], aware), among)

    def _reference(self, name: str, field: ModelField, lookup: str, values: list[str], *, by_id: bool) -> Ids:
        if lookup not in {"", "n"}:
            raise unknown(name)
        targets: list[int | None] = []
        for value in values:
            targets += [None] if value == NULL else targets_of(self._store, field.to, value, name, by_id=by_id)
        found = {row_id for target in targets for row_id in self._table.find(field.name, target)}
        return found if not lookup else set(self._table.rows) - found

    def _by_target_id(self, name: str, field: ModelField, values: list[str]) -> Ids:
        """Select by the ids of objects, as a plugin's filters do: one (the last), several, or mere numbers."""
        if field.id_filter == "one" and name != field.name:
            raise unknown(name)
        if field.id_filter == "number" and not all(value.isdecimal() for value in values):
            raise invalid(name, "Enter a whole number.")
        found: Ids = set()
        for value in values[-1:] if field.id_filter == "one" else values:
            if field.id_filter != "number" and not (
                value.isdecimal() and int(value) in self._store.tables[field.to].rows
            ):
                shown = "That choice" if field.id_filter == "one" else value
                raise invalid(name, f"Select a valid choice. {shown} is not one of the available choices.")
            found |= set(self._table.find(field.name, int(value)))
        return found

    def _tagged(self, name: str, base: str, lookup: str, values: list[str]) -> Ids:
        if lookup not in {"", "n"}:
            raise unknown(name)
        tagged = [
            set(self._table.find("tags", tag))
            for value in values
            for tag in targets_of(self._store, "extras.tag", value, name, by_id=base == "tag_id")
        ]
        # Several tags mean all of them, unlike several values of any other filter.
        return set(self._table.rows) - set().union(*tagged) if lookup else set.intersection(*tagged)

    def _by_request(self, name: str, values: list[str]) -> Ids:
        found: Ids = set()
        changes = self._store.tables["core.objectchange"]
        for value in values:
            for change in changes.find("request_id", _uuid(name, value)):
                row = changes.rows[change]
                if row["changed_object_type"] == self._model.label and row["action"] in CHANGE_FILTERS[name]:
                    found.add(row["changed_object_id"])
        return found & set(self._table.rows)

    def _search(self, values: list[str], among: Ids | None) -> Ids:
        fields = [f.name for f in self._model.stored if f.kind in {"text", "slug", "mac", "address", "prefix"}]
        needle = values[-1].lower()
        return self._scan(lambda _id, row: any(needle in str(row[name] or "").lower() for name in fields), among)

    def _custom_field(self, name: str, values: list[str], among: Ids | None) -> Ids:  # noqa: PLR0911
        base, _, lookup = name.removeprefix("cf_").partition("__")
        definition = custom_fields_of(self._store, self._model.label).get(base)
        if definition is None or definition["filter_logic"] == "disabled":
            raise unknown(name)
        if lookup not in lookups.BY_TYPE.get(definition["type"], {lookup}):
            return set(self._table.rows) if among is None else among
        if definition["type"] in {"integer", "decimal"}:
            kind = int if definition["type"] == "integer" else Decimal
            return self._numbers(name, lookup, values, lambda _id, row: row["custom_fields"].get(base), among, kind)
        if definition["type"] in {"object", "multiobject"}:
            wanted = {int(value) for value in values if value.isdecimal()}
            return self._scan(lambda _id, row: bool(wanted & set(_targets(row["custom_fields"].get(base)))), among)
        if definition["type"] in {"text", "longtext", "url"} and definition["filter_logic"] == "loose":
            if lookup:
                raise unknown(name)
            lookup = "ic"
        if not lookup and NULL not in values and "" not in values and definition["type"] != "boolean":
            return {row_id for value in values for row_id in self._table.find(f"cf_{base}", value)}
        if definition["type"] == "boolean":
            wanted = {value.lower() in {"true", "1"} for value in values}
            return self._scan(lambda _id, row: row["custom_fields"].get(base) in wanted, among)
        if not lookup and "" in values:
            return set(self._table.rows) if among is None else among
        test = _lookup(name, lookup, values)
        return self._scan(lambda _id, row: test(row["custom_fields"].get(base)), among)


def _lookup(name: str, lookup: str, values: list[str]) -> Callable[[Any], bool]:
    compare = lookups.TEXTS.get(lookup)
    if compare is None:
        raise unknown(name)
    try:
        return lambda value: compare(value, values)
    except re.error:
        raise invalid(name, "Invalid regular expression.") from None


def _targets(value: Any) -> list[Any]:
    """Return the ids that a custom field points at: one, several or none."""
    return value if isinstance(value, list) else [value]


def _network(value: str) -> str:
    try:
        return str(network.network(value))
    except ValueError:
        return ""


def _uuid(name: str, value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise invalid(name, "Enter a valid UUID.") from None
