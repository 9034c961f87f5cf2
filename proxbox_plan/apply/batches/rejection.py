"""Rejection: which objects of a rejected bulk request NetBox names, and its message for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from proxbox_plan.core.errors import NetBoxError

_LONGEST = 500
_OF_NO_FIELD = ("__all__", "non_field_errors")


def rejected(error: NetBoxError, ids: Sequence[int | None]) -> dict[int, str]:
    """Return index -> words for each rejected object; empty when the answer names none.

    NetBox >= 4.7 answers `{"detail": ..., "errors": [{"index" | "id": ..., "errors": {...}}]}`; older versions a list
    with one entry per object (empty for the good ones), or only the first error.
    """
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("errors"), list):
        return _entries(body["errors"], ids)
    if isinstance(body, list) and len(body) == len(ids):
        return {index: _words(entry) for index, entry in enumerate(body) if entry}
    return {}


def _entries(entries: list[Any], ids: Sequence[int | None]) -> dict[int, str]:
    places = {number: index for index, number in enumerate(ids) if number is not None}
    found: dict[int, str] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        index = entry.get("index")
        number = entry.get("id")
        if not isinstance(index, int) and isinstance(number, int):
            index = places.get(number)
        if isinstance(index, int) and 0 <= index < len(ids):
            found[index] = _words(entry.get("errors"))
    return found


def _words(errors: Any) -> str:
    if isinstance(errors, dict):
        return "; ".join(_named(str(name), text) for name, text in errors.items())[:_LONGEST]
    return json.dumps(errors, ensure_ascii=False)[:_LONGEST]


def _named(name: str, text: Any) -> str:
    words = " ".join(map(str, text)) if isinstance(text, list) else str(text)
    return words if name in _OF_NO_FIELD else f"{name}: {words}"
