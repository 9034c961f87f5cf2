"""Response checks: a value that is not of the type NetBox's API documents is an error, not data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import FieldType, Kind

DEEPEST = 8
BAD_ROW = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
_HINT = "Check that NetBox itself answers at netbox.url, and that no proxy changes its answers."


def bad_row(kind: Kind, raw: object, error: Exception) -> NetBoxError:
    """Return the error for a row that is not valid."""
    number = raw.get("id") if isinstance(raw, dict) else None
    which = f"object {number}" if isinstance(number, int) else "an object"
    return NetBoxError(
        f"NetBox answered GET {kind.path} with {which} that is not valid: {type(error).__name__}", hint=_HINT
    )


def check_row(kind: Kind, row: Row) -> Row:
    """Return the row; TypeError when a field is not of its documented type."""
    for name, value in row.fields.items():
        if value is not None and not _fits(kind.field(name).type, value):
            raise TypeError(name)
    return row


def _fits(type_: FieldType, value: Any) -> bool:  # noqa: PLR0911 # one return per field type
    match type_:
        case FieldType.TEXT | FieldType.CIDR | FieldType.MAC | FieldType.TIME:
            return isinstance(value, str)
        case FieldType.CHOICE:
            return isinstance(value, str | int)
        case FieldType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case FieldType.DECIMAL:
            return isinstance(value, float) and abs(value) < float("inf")
        case FieldType.BOOLEAN:
            return isinstance(value, bool)
        case FieldType.JSON | FieldType.CUSTOM:
            return not is_deep(value)
        case FieldType.NAMES:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case FieldType.REF | FieldType.GENERIC:
            return isinstance(value, dict) and type(value.get("id")) is int
        case FieldType.REFS:
            return isinstance(value, list) and all(_fits(FieldType.REF, item) for item in value)
        case _:
            assert_never(type_)


def is_deep(value: object, left: int = DEEPEST) -> bool:
    """Whether a value is nested deeper than NetBox's own: any user can edit a custom field."""
    if not isinstance(value, Mapping | list):
        return False
    inner = value.values() if isinstance(value, Mapping) else value
    return left == 0 or any(is_deep(item, left - 1) for item in inner)
