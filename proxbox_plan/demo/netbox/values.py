"""Validation of the value of one field, with NetBox's own messages."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import ModelField
from proxbox_plan.demo.netbox.store import Store, StoredRow

TRUE = frozenset({"t", "T", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1", 1})
FALSE = frozenset({"f", "F", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0", 0})
SLUG = re.compile(r"[-a-zA-Z0-9_]+")
BEYOND_DIGITS = 6


class _RejectedError(Exception):
    """A value is not valid; the text is NetBox's."""


@dataclass(frozen=True)
class ValueContext:
    """Context for reading a value."""

    store: Store
    version: tuple[int, int]
    label: str


def read(context: ValueContext, field: ModelField, value: Any) -> Any:
    """Convert a value of a request into the stored value; InvalidError with the field's own messages."""
    try:
        if value is None and field.kind != "choice":
            return _null(field)
        return _READERS[field.kind](context, field, value)
    except _RejectedError as error:
        raise InvalidError({field.name: [str(error)]}) from None


def _null(field: ModelField) -> None:
    if not field.null:
        raise _RejectedError("This field may not be null.")


def _text(_context: ValueContext, field: ModelField, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _RejectedError("Not a valid string.")
    value = str(value).strip()
    if value == "" and not field.blank:
        raise _RejectedError("This field may not be blank.")
    if "\x00" in value:
        raise _RejectedError("Null characters are not allowed.")
    if field.max_length is not None and len(value) > field.max_length:
        raise _RejectedError(f"Ensure this field has no more than {field.max_length} characters.")
    if value and field.pattern and re.fullmatch(field.pattern, value) is None:
        raise _RejectedError(field.diagnostic)
    return None if value == "" and field.null and not field.keeps_blank else value


def _slug(context: ValueContext, field: ModelField, value: Any) -> str | None:
    read_value = _text(context, field, value)
    if read_value and SLUG.fullmatch(read_value) is None:
        raise _RejectedError('Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.')
    return read_value


def _integer(_context: ValueContext, field: ModelField, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise _RejectedError("A valid integer is required.")
    if re.fullmatch(r"-?\d{1,20}(\.0*)?", str(value).strip()) is None:
        raise _RejectedError("A valid integer is required.")
    number = int(str(value).strip().partition(".")[0])
    if field.minimum is not None and number < field.minimum:
        raise _RejectedError(f"Ensure this value is greater than or equal to {field.minimum}.")
    if field.maximum is not None and number > field.maximum:
        raise _RejectedError(f"Ensure this value is less than or equal to {field.maximum}.")
    return number


def _decimal(_context: ValueContext, field: ModelField, value: Any) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or isinstance(value, bool):
        raise _RejectedError("A valid number is required.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field.places:
        raise _RejectedError(f"Ensure that there are no more than {field.places} decimal places.")
    if field.name.endswith("vcpus") and number < Decimal("0.01"):
        # NetBox compares with a float, and says so.
        raise _RejectedError(f"Ensure this value is greater than or equal to {Decimal(0.01)}.")  # noqa: RUF032
    if abs(number) >= 10 ** (BEYOND_DIGITS - field.places) and field.name.endswith("vcpus"):
        raise _RejectedError(f"Ensure that there are no more than {BEYOND_DIGITS} digits in total.")
    return number.quantize(Decimal(1).scaleb(-field.places))


def _flag(_context: ValueContext, _field: ModelField, value: Any) -> bool:
    if isinstance(value, Hashable):
        if value in TRUE:
            return True
        if value in FALSE:
            return False
    raise _RejectedError("Must be a valid boolean.")


def _choice(_context: ValueContext, field: ModelField, value: Any) -> str:
    if isinstance(value, dict | list):
        raise _RejectedError('Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.')
    if value is None or value == "":
        if not field.blank:
            raise _RejectedError("This field may not be blank.")
        return ""
    if value not in field.choices:
        raise _RejectedError(f"{value} is not a valid choice.")
    return str(value)


def _float(_context: ValueContext, _field: ModelField, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _RejectedError("A valid number is required.")
    try:
        return float(value)
    except ValueError:
        raise _RejectedError("A valid number is required.") from None


def _host(_context: ValueContext, _field: ModelField, value: Any) -> str:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise _RejectedError("Enter a valid IPv4 or IPv6 address.") from None


def _time(_context: ValueContext, _field: ModelField, value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        raise _RejectedError(
            "Datetime has wrong format. Use one of these formats instead: "
            "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
        ) from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _ref(context: ValueContext, field: ModelField, value: Any) -> int:
    if field.bare:
        return _refs(context, field, [value])[0]
    return _find_object(context.store, field.to, value)


def _refs(context: ValueContext, field: ModelField, value: Any) -> tuple[int, ...]:
    ids = dict.fromkeys(_each(value))
    for row_id in ids:
        if isinstance(row_id, bool) or not isinstance(row_id, int):
            raise _RejectedError(f"Incorrect type. Expected pk value, received {type(row_id).__name__}.")
        if row_id not in context.store.tables[field.to].rows:
            raise _RejectedError(f'Invalid pk "{row_id}" - object does not exist.')
    return tuple(ids)


def _tags(context: ValueContext, _field: ModelField, value: Any) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_find_object(context.store, "extras.tag", entry) for entry in _each(value)))


def _object_type(_context: ValueContext, field: ModelField, value: Any) -> str:
    if not isinstance(value, str) or value.count(".") != 1:
        raise _RejectedError("Invalid value. Specify a content type as '<app_label>.<model_name>'.")
    if value not in field.targets:
        raise _RejectedError(f"Invalid content type: {value}")
    return value


def _object_types(context: ValueContext, _field: ModelField, value: Any) -> tuple[str, ...]:
    for entry in _each(value):
        model = MODELS.get(entry)
        if model is None or not context.store.has(model, context.version):
            raise _RejectedError(f"Invalid content type: {entry}")
    return tuple(sorted(set(value)))


def _json(_context: ValueContext, _field: ModelField, value: Any) -> Any:
    return value


def _address(_context: ValueContext, field: ModelField, value: Any) -> str:
    read_value = _readable(field, value)
    if read_value.network.prefixlen == 0:
        raise _RejectedError("Cannot create IP address with /0 mask.")
    return str(read_value)


def _prefix(_context: ValueContext, field: ModelField, value: Any) -> str:
    read_value = _readable(field, value)
    if read_value.ip != read_value.network.network_address:
        raise _RejectedError(f"{read_value} is not a valid prefix. Did you mean {read_value.network}?")
    if read_value.network.prefixlen == 0:
        raise _RejectedError("Cannot create prefix with /0 mask.")
    return str(read_value.network)


def _readable(_field: ModelField, value: Any) -> network.Interface:
    if value == "":
        raise _RejectedError("This field may not be blank.")
    try:
        return network.interface(str(value))
    except ValueError:
        raise _RejectedError(f"Invalid IP address format: {value}") from None


def _mac(_context: ValueContext, _field: ModelField, value: Any) -> str:
    try:
        return network.mac_address(str(value))
    except ValueError:
        raise _RejectedError(f"Invalid MAC address format: {value}") from None


def _custom_fields(context: ValueContext, _field: ModelField, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _RejectedError(
            "Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values."
        )
    known = custom_fields_of(context.store, context.label)
    for name in value:
        if name not in known:
            raise InvalidError({"custom_fields": {name: f"Custom field '{name}' does not exist for this object type."}})
    return dict(value)


def custom_fields_of(store: Store, label: str) -> dict[str, StoredRow]:
    """Give the custom fields of a model by name, in NetBox's order."""
    rows = [row for row in store.tables["extras.customfield"].rows.values() if label in row["object_types"]]
    return {row["name"]: row for row in sorted(rows, key=lambda r: (r["group_name"], r["weight"], r["name"]))}


def defaults_of(store: Store, label: str) -> dict[str, Any]:
    """Give the custom fields of a model with their defaults, null without one: what a request without any gets."""
    return {name: row["default"] for name, row in custom_fields_of(store, label).items()}


def _ranges(_context: ValueContext, _field: ModelField, value: Any) -> tuple[tuple[int, int], ...]:
    for entry in _each(value):
        if not isinstance(entry, list) or [type(bound) for bound in entry] != [int, int]:
            raise _RejectedError("Ranges must be specified in the form (lower, upper).")
    return tuple((low, high) for low, high in value)


def _each(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _RejectedError(f'Expected a list of items but got type "{type(value).__name__}".')
    return value


def _find_object(store: Store, label: str, value: Any) -> int:
    table = store.tables[label]
    if isinstance(value, dict):
        found = [row_id for row_id, row in _candidates(store, label, value) if _has(row_id, row, value)]
        if len(found) != 1:
            problem = "Multiple objects match" if found else "Related object not found using"
            raise _RejectedError(f"{problem} the provided attributes: {value}")
        return found[0]
    try:
        row_id = int(value)
    except (TypeError, ValueError):
        raise _RejectedError(
            "Related objects must be referenced by numeric ID or by dictionary of attributes. "
            f"Received an unrecognized value: {value}"
        ) from None
    if row_id not in table.rows:
        raise _RejectedError(f"Related object not found using the provided numeric ID: {row_id}")
    return row_id


def _candidates(store: Store, label: str, wanted: dict[str, Any]) -> list[tuple[int, StoredRow]]:
    table = store.tables[label]
    for name in ("slug", "name"):
        if name in wanted and name in table.model.by_name:
            return [(row_id, table.rows[row_id]) for row_id in table.find(name, str(wanted[name]))]
    return list(table.rows.items())


def _has(row_id: int, row: StoredRow, wanted: dict[str, Any]) -> bool:
    return all((row_id if name == "id" else row.get(name)) == value for name, value in wanted.items())


_READERS: dict[str, Callable[[ValueContext, ModelField, Any], Any]] = {
    "address": _address,
    "choice": _choice,
    "custom_fields": _custom_fields,
    "decimal": _decimal,
    "flag": _flag,
    "float": _float,
    "host": _host,
    "integer": _integer,
    "json": _json,
    "mac": _mac,
    "object_id": _integer,
    "object_type": _object_type,
    "object_types": _object_types,
    "prefix": _prefix,
    "ranges": _ranges,
    "ref": _ref,
    "refs": _refs,
    "slug": _slug,
    "tags": _tags,
    "text": _text,
    "time": _time,
}
