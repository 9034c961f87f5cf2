"""Between NetBox's answers and our values: one reader and one writer per field type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from proxbox_plan.core.moment import utc
from proxbox_plan.model.kind import CUSTOM, Field, FieldType
from proxbox_plan.model.reference import Ref

# A reference is resolved to NetBox's id just before it is written: only then do created objects have one.
Resolve = Callable[[Ref], int]


def read_field(  # noqa: C901, PLR0911 # one case per field type
    field: Field, row: Mapping[str, Any], kinds_of: Mapping[str, str]
) -> Any:
    """Return the value of `field` in a NetBox answer, in the form we compare and write.

    `kinds_of` maps NetBox's object types (`dcim.site`) to our kinds, for generic references.
    """
    value = row.get(field.name)
    match field.type:
        case FieldType.CHOICE:
            return value.get("value") if isinstance(value, dict) else value
        case FieldType.DECIMAL:
            return None if value is None else float(value)
        case FieldType.MAC:
            return value.upper() if isinstance(value, str) else None
        case FieldType.REF:
            return _ref(field.to[0], value)
        case FieldType.REFS:
            return [_ref(field.to[0], item) for item in value or ()]
        case FieldType.GENERIC:
            kind = kinds_of.get(str(row.get(f"{field.name}_type")), "")
            nested = value if isinstance(value, dict) else {"id": row.get(f"{field.name}_id")}
            return _ref(kind or str(row.get(f"{field.name}_type")), nested if nested.get("id") else None)
        case FieldType.NAMES:
            return sorted(value or ())
        case FieldType.TEXT | FieldType.CIDR:
            return value or ""
        case FieldType.TIME:
            return utc(value) if isinstance(value, str) else None
        case FieldType.INTEGER | FieldType.BOOLEAN | FieldType.JSON:
            return value
        case FieldType.CUSTOM:
            return _custom((row.get("custom_fields") or {}).get(field.name.removeprefix(CUSTOM)))
        case _:
            assert_never(field.type)


def _custom(value: Any) -> Any:
    """Return the value of a custom field; from 4.7 on a choice is answered with its label."""
    if isinstance(value, list):
        return [_custom(item) for item in value]
    return value["value"] if isinstance(value, dict) and value.keys() == {"value", "label"} else value


def _ref(kind: str, nested: Any) -> dict[str, Any] | None:
    if type(nested) is int:  # some plugins answer with the bare id
        return {"kind": kind, "id": nested, "name": str(nested)}
    if not isinstance(nested, dict) or nested.get("id") is None:
        return None
    name = str(nested.get("name") or nested.get("display") or nested["id"])
    parent = nested.get("virtual_machine") or nested.get("device")
    if isinstance(parent, dict) and parent.get("name"):
        name = f"{parent['name']} {name}"
    return {"kind": kind, "id": nested["id"], "name": name}


def write_field(field: Field, value: Any, resolve: Resolve, object_types: Mapping[str, str]) -> dict[str, Any]:
    """Return the request body of one field: `value` as it stands in a plan.

    `object_types` maps our kinds to NetBox's object types, for generic references.
    """
    match field.type:
        case FieldType.REF:
            return {field.name: None if value is None else resolve(Ref.from_json(value))}
        case FieldType.REFS:
            return {field.name: [resolve(Ref.from_json(item)) for item in value]}
        case FieldType.GENERIC:
            if value is None:
                return {f"{field.name}_type": None, f"{field.name}_id": None}
            ref = Ref.from_json(value)
            return {f"{field.name}_type": object_types[ref.kind], f"{field.name}_id": resolve(ref)}
        case (
            FieldType.TEXT
            | FieldType.CIDR
            | FieldType.INTEGER
            | FieldType.DECIMAL
            | FieldType.BOOLEAN
            | FieldType.CHOICE
            | FieldType.MAC
            | FieldType.NAMES
            | FieldType.JSON
            | FieldType.TIME
        ):
            return {field.name: value}
        case FieldType.CUSTOM:
            return {"custom_fields": {field.name.removeprefix(CUSTOM): value}}
        case _:
            assert_never(field.type)
