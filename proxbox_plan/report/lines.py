"""Any document as lines: one for each value, each with the whole path to it, for `git diff` and `grep`.

    clusters.lab.guests.qemu/100.nics.net0.tag = 30

Objects in lists stand under what names them, not under their place, so that a new first one moves no other line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.core.escaping import sanitized

# What names an object in a list, the first that it has; a node's address is not its name.
_NAMES = ("address", "slot", "upid", "volume", "id", "vmid", "field", "name")
_NAMES_OF = {"nodes": ("name",)}
_EMPTY: tuple[Any, ...] = (None, "", [], {})
# Changes with every file and says nothing of what is in it.
_NOT_SHOWN = ("digest", "tool_version")


def render(data: Mapping[str, Any]) -> str:
    """Return the JSON data of a document as lines, in the order of their paths; what is empty has none."""
    shown = {name: value for name, value in data.items() if name not in _NOT_SHOWN}
    return "".join(f"{line}\n" for line in _lines("", shown))


def _lines(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name in sorted(value):
            yield from _lines(f"{path}.{sanitized(name)}" if path else sanitized(name), value[name])
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        names = _NAMES_OF.get(path.rpartition(".")[2], _NAMES)
        for name, item in sorted(_named(value, names)):
            yield from _lines(f"{path}.{name}", item)
    elif value not in _EMPTY:
        yield f"{path} = {sanitized(json.dumps(value, ensure_ascii=False))}"


def _named(items: list[Any], names: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Return a list's objects by name; one without a name, or with that of another before it, gets its place too."""
    found: dict[str, Any] = {}
    for place, item in enumerate(items):
        name = _name(item, names)
        found[name if name and name not in found else f"{name}[{place}]"] = item
    return list(found.items())


def _name(item: Any, names: tuple[str, ...]) -> str:
    if not isinstance(item, dict):
        return ""
    name = next((str(item[key]) for key in names if item.get(key) is not None), "")
    return sanitized(f"{item['type']}/{name}" if "vmid" in item and "type" in item else name)
