"""`docs/configuration.md`: every key of proxbox.yaml, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from proxbox_plan.config import config_schema
from proxbox_plan.config.environment import VARIABLES
from scripts.pages import rules
from scripts.pages.tables import codes, table

MOST_PLACES: Final = 6
TEMPLATE: Final = Path(__file__).parents[2] / "proxbox_plan" / "api" / "init_files" / "templates" / "proxbox.yaml"

HEAD = """\
# Configuration

Generated from the models in `proxbox_plan/config/` by `./dev generate`; don't edit it.

`proxbox init` writes this file. `proxbox validate` checks yours, and names every mistake with its line and column.
`proxbox schema config` prints the JSON Schema, with which editors complete and check the keys.

```yaml
{template}```
"""

ENVIRONMENT = """\
## Environment

These variables win over the same key of the section `netbox`. An empty one says nothing.
"""

Schema = dict[str, Any]


def page() -> str:
    """Return the page."""
    schema = config_schema()
    return "\n".join(
        [
            HEAD.format(template=TEMPLATE.read_text(encoding="utf-8")),
            *rules.sections(),
            *Walk(schema["$defs"]).sections(schema),
            ENVIRONMENT,
            *table(("Variable", "Key"), ((f"`{name}`", f"`netbox.{key}`") for name, key in VARIABLES.items())),
        ]
    )


class Walk:
    """Goes through the schema once; a part used in several places is shown where it is met first."""

    def __init__(self, parts: dict[str, Schema]) -> None:
        """Take the parts that the schema refers to."""
        self._parts = parts
        self._places: dict[str, list[str]] = {}

    def sections(self, root: Schema) -> Iterator[str]:
        """Yield a section for the top level, and one for each part."""
        self._find(root, "")
        yield from self._section("Top level", [], root)
        for name, places in self._places.items():
            yield from self._section(f"`{places[0]}`", places[1:], self._parts[name])

    def _find(self, schema: Schema, path: str) -> None:
        """Note under which keys each part stands."""
        for key, value in schema["properties"].items():
            for name, marks in self._references(value):
                place = f"{path}{key}{marks}"
                known = self._places.setdefault(name, [])
                if place not in known and not any(place.startswith(f"{other}.") for other in known):
                    known.append(place)
                    self._find(self._parts[name], f"{place}.")

    def _references(self, schema: Schema, marks: str = "") -> Iterator[tuple[str, str]]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if "properties" in self._parts[name]:
                yield name, marks
        for option in schema.get("anyOf", ()):
            yield from self._references(option, marks)
        if isinstance(schema.get("items"), dict):
            yield from self._references(schema["items"], f"{marks}[]")
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._references(schema["additionalProperties"], f"{marks}.NAME")

    def _section(self, title: str, also: list[str], schema: Schema) -> Iterator[str]:
        yield f"## {title}\n"
        yield f"{schema['description']}\n"
        if also:
            yield f"The same keys: {_listed(also)}.\n"
        required = schema.get("required", ())
        rows = (self._row(key, value, needed=key in required) for key, value in schema["properties"].items())
        yield from table(("Key", "Value", "Default", "Meaning"), rows)

    def _row(self, key: str, schema: Schema, *, needed: bool) -> tuple[str, ...]:
        default = "**required**" if needed else _default(schema)
        return f"`{key}`", self._value(schema), default, schema.get("description") or self._described(schema)

    def _described(self, schema: Schema) -> str:
        """Return the first line of the part a key holds."""
        name = next((name for name, _ in self._references(schema)), None)
        return str(self._parts[name]["description"]) if name else ""

    def _value(self, schema: Schema) -> str:
        if "anyOf" in schema:
            return " or ".join(self._value(option) for option in schema["anyOf"] if option.get("type") != "null")
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            part = self._parts[name]
            return _anchor(self._places[name][0]) if "properties" in part else codes(part["enum"])
        if "enum" in schema:
            return codes(schema["enum"])
        match schema.get("type"):
            case "array":
                return f"list of {self._value(schema['items'])}"
            case "object":
                inner = schema["additionalProperties"]
                return "map" if inner is True else f"map to {self._value(inner)}"
            case other:
                return f"{_TYPES.get(str(other), 'anything')}{_bounds(schema)}"


def _listed(places: list[str]) -> str:
    """Return the places in a sentence, and of many the first."""
    if len(places) <= MOST_PLACES:
        return codes(places, last="and")
    return f"{codes(places[:MOST_PLACES], last='and')}, and {len(places) - MOST_PLACES} others"


_TYPES: Final = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}


def _anchor(place: str) -> str:
    slug = "".join(letter for letter in place.lower() if letter.isalnum() or letter in "_-")
    return f"[`{place}`](#{slug})"


def _bounds(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    if low is None:
        return ""
    lowest = f"above {low}" if "exclusiveMinimum" in schema else f"from {low}"
    return f", {lowest}" if high is None else f", {lowest} to {high}"


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value in (None, [], {}) or isinstance(value, dict):
        return "—"
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
