"""How filter values are compared: NetBox's suffixes such as ``__isw`` and ``__gte``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def _any(test: Callable[[str, str], bool]) -> Callable[[Any, list[str]], bool]:
    return lambda value, wanted: any(test(_text(value), one) for one in wanted)


def _none(test: Callable[[str, str], bool]) -> Callable[[Any, list[str]], bool]:
    return lambda value, wanted: not any(test(_text(value), one) for one in wanted)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _contains(value: str, wanted: str) -> bool:
    return wanted.lower() in value.lower()


def _starts(value: str, wanted: str) -> bool:
    return value.lower().startswith(wanted.lower())


def _ends(value: str, wanted: str) -> bool:
    return value.lower().endswith(wanted.lower())


def _same(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _exact(value: str, wanted: str) -> bool:
    return value == ("" if wanted == "null" else wanted)


def _matches(value: str, wanted: str) -> bool:
    return re.search(wanted, value) is not None


def _matches_any_case(value: str, wanted: str) -> bool:
    return re.search(wanted, value, re.IGNORECASE) is not None


def _is_empty(value: Any, wanted: list[str]) -> bool:
    return (value is None or value == "") == (wanted[-1].lower() == "true")


BY_TYPE: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"", "n", "gt", "gte", "lt", "lte", "empty"}),
    "decimal": frozenset({"", "n", "gt", "gte", "lt", "lte", "empty"}),
    "boolean": frozenset({""}),
    "json": frozenset(),
}
"""Types of custom fields that have other lookups than texts: NetBox ignores a filter by any other."""
TEXTS: Mapping[str, Callable[[Any, list[str]], bool]] = {
    "": _any(_exact),
    "n": _none(_exact),
    "ic": _any(_contains),
    "nic": _none(_contains),
    "isw": _any(_starts),
    "nisw": _none(_starts),
    "iew": _any(_ends),
    "niew": _none(_ends),
    "ie": _any(_same),
    "nie": _none(_same),
    "regex": _any(_matches),
    "iregex": _any(_matches_any_case),
    "empty": _is_empty,
}
COMPARISONS: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "": lambda value, wanted: value in wanted,
    "n": lambda value, wanted: value not in wanted,
    "gt": lambda value, wanted: value is not None and any(value > one for one in wanted),
    "gte": lambda value, wanted: value is not None and any(value >= one for one in wanted),
    "lt": lambda value, wanted: value is not None and any(value < one for one in wanted),
    "lte": lambda value, wanted: value is not None and any(value <= one for one in wanted),
}
