"""What a fake NetBox holds, in a form in which two runs can be compared: names instead of ids, no times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from proxbox_plan.demo.netbox import FakeNetBox
from proxbox_plan.demo.netbox.display import display
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, FieldType
from proxbox_plan.plan import KINDS

Content = dict[str, list[str]]
_LOG = "core.objectchange"
_KINDS = {kind.object_type: kind for kind in KINDS.values()}


def rows_of(fake: FakeNetBox, label: str) -> Mapping[int, Mapping[str, Any]]:
    """Return the rows of one model."""
    return fake.store.tables[label].rows


def content(fake: FakeNetBox) -> Content:
    """Return every object but the changelog as one line of text, sorted, by model."""
    return {
        label: sorted(_line(fake, label, row) for row in rows_of(fake, label).values())
        for label in MODELS
        if label != _LOG and rows_of(fake, label)
    }


def _line(fake: FakeNetBox, label: str, row: Mapping[str, Any]) -> str:
    shown: dict[str, Any] = {}
    for item in MODELS[label].stored:
        if item.kind != "time":
            shown[item.name] = _value(fake, label, item.name, row)
    return json.dumps(shown, sort_keys=True, default=str)


def _value(fake: FakeNetBox, label: str, name: str, row: Mapping[str, Any]) -> Any:
    item = MODELS[label].by_name[name]
    value = row[name]
    match item.kind:
        case "ref":
            return _name(fake, item.to, value)
        case "refs" | "tags":
            return sorted(_name(fake, item.to or "extras.tag", one) or "" for one in value)
        case "object_id":
            kind = MODELS[label].generic
            return _name(fake, row[kind[0].name], value) if kind else value
        case "custom_fields":
            return {key: _custom(fake, label, key, entry) for key, entry in value.items()}
        case _:
            return str(value.normalize()) if isinstance(value, Decimal) else value


def _custom(fake: FakeNetBox, label: str, name: str, value: Any) -> Any:
    if name != APPLIED_FIELD or not isinstance(value, dict):
        return value
    kind = _KINDS[label]
    fields = {
        key: _applied(fake, kind.field(key).type, kind.field(key).to, entry)
        for key, entry in (value.get("fields") or {}).items()
    }
    return {**value, "fields": fields}


def _applied(fake: FakeNetBox, field_type: FieldType, to: tuple[str, ...], value: Any) -> Any:
    if field_type is FieldType.REF and isinstance(value, int):
        return _name(fake, KINDS[to[0]].object_type, value)
    if field_type is FieldType.REFS and isinstance(value, list):
        return sorted(str(_name(fake, KINDS[to[0]].object_type, one)) for one in value)
    return value if field_type is not FieldType.GENERIC else "somewhere"


def _name(fake: FakeNetBox, label: str | None, number: int | None) -> str | None:
    """Name an object for people and by its key, never by its id."""
    if label is None or number is None:
        return None
    row = rows_of(fake, label).get(number)
    if row is None:
        return "gone"
    key = row.get("custom_fields", {}).get(KEY_FIELD)
    return str(key or display(fake.store, label, number, row))
