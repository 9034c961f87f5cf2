"""Filled field: a custom field that rules fill, in the format NetBox returns it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import day, utc
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.custom_field import KIND
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import CUSTOM, Kind
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.rules.evaluate import Evaluation

_PARTS = frozenset(
    {
        "dcim.interface",
        "dcim.macaddress",
        "ipam.ipaddress",
        "virtualization.vminterface",
        "virtualization.virtualdisk",
    }
)
"""Object types of what hangs off a guest or a node."""
_SCHEME = re.compile(r"[A-Za-z][^/:]*:")
_OFFSET = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")


def values(context: MappingContext, kind: Kind, address: Address, evaluation: Evaluation) -> dict[str, Any]:
    """Return the values that rules set in custom fields of an object, in the format NetBox returns them."""
    found: dict[str, Any] = {}
    for name, value in evaluation.custom_fields.items():
        shape = _shape(context, kind, name.removeprefix(CUSTOM))
        if shape is None:
            continue
        try:
            found[name] = shaped(value, shape)
        except ValueError:
            context.problem(
                ProblemCode.RULE_FAILED,
                address,
                f"A rule sets {address} to {str(value)[:60]!r} for the custom field {name.removeprefix(CUSTOM)}, "
                f"which takes {shape}",
                "Correct the rule; the value in NetBox stays as it is.",
            )
    return found


def _shape(context: MappingContext, kind: Kind, name: str) -> str | None:
    """Return the type of a custom field that rules fill; null when NetBox has none for objects of this kind."""
    if (kind.name, name) not in context.custom_fields:
        context.add(DesiredObject(KIND.name, Key(name), name, {"name": name}, managed=False, creatable=False))
        rows = context.inventory.kinds.get(KIND.name, ())
        row = next((row for row in rows if row.fields.get("name") == name), None)
        fits = row is not None and kind.object_type in (row.fields.get("object_types") or ())
        if row is not None and not fits and not _is_for_parts(row):
            context.problem(
                ProblemCode.REFERENCE_MISSING,
                Address.of(KIND.name, name),
                f"The custom field {name!r} of the configuration is not assigned to {kind.name} objects",
                f"Add the object type {kind.object_type} to the field in NetBox.",
            )
        context.custom_fields[kind.name, name] = str(row.fields.get("type")) if row is not None and fits else None
    return context.custom_fields[kind.name, name]


def _is_for_parts(row: Row) -> bool:
    """Whether NetBox requires a field of what hangs off an object: a rule gives it to these."""
    return bool(row.fields.get("required")) and not _PARTS.isdisjoint(row.fields.get("object_types") or ())


def shaped(value: Any, shape: str) -> Any:
    """Return a value in the format NetBox returns it; ValueError when the type cannot hold it."""
    if shape in ("object", "multiobject"):
        raise ValueError(shape)
    return _SHAPES.get(shape, str)(value)


def _same(value: Any) -> Any:
    return value


def _several(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _whole(value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError(value)
    return number


def _day(value: Any) -> str:
    return day(str(value))


def _url(value: Any) -> str:
    """Return a URL as NetBox 4.7 completes it: without a scheme it is one of https."""
    text = str(value)
    if not text or _SCHEME.match(text):
        return text
    return f"https:{text}" if text.startswith("//") else f"https://{text}"


def _moment(value: Any) -> str:
    """Return a time in the format NetBox returns it; ValueError without an offset, which leaves it ambiguous."""
    text = str(value)
    if not _OFFSET.search(text):
        raise ValueError(text)
    return utc(text)


def _truth(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_SHAPES: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "integer": _whole,
        "decimal": float,
        "boolean": _truth,
        "multiselect": _several,
        "json": _same,
        "date": _day,
        "datetime": _moment,
        "url": _url,
    }
)
