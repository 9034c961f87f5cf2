"""`docs/documents.md`: every field of the JSON documents, from their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from proxbox_plan.documents import DOCUMENTS, document_schema
from scripts.pages.tables import codes, table

HEAD = """\
# Documents

Generated from the models in `proxbox_plan/model/` by `./dev generate`; don't edit it.

Everything between two commands is a JSON document. They are canonical: sorted, stable, with one line break at the end,
so that the same content gives the same bytes. A reader accepts newer minor versions and refuses newer major ones.
`proxbox schema KIND` prints the JSON Schema of one, and `proxbox show FILE` shows any of them.
A field without a default is always there.
"""

Schema = dict[str, Any]


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_documents()])


def _documents() -> Iterator[str]:
    """Yield each document with its parts; a part that several documents have stands where it comes first."""
    seen: set[str] = set()
    for kind in DOCUMENTS:
        schema = document_schema(kind)
        yield f"## {kind.capitalize()}\n\n{_paragraph(schema)}\n\nSchema: [{kind}](../schemas/{kind}.schema.json).\n"
        yield from _fields(schema)
        for name, part in schema.get("$defs", {}).items():
            if "properties" in part and name not in seen:
                seen.add(name)
                yield f"### {name}\n\n{_paragraph(part)}\n"
                yield from _fields(part, schema["$defs"])


def _paragraph(schema: Schema) -> str:
    return " ".join(schema.get("description", "").partition("\n\n")[0].split())


def _fields(schema: Schema, parts: Schema | None = None) -> Iterator[str]:
    found = parts if parts is not None else schema.get("$defs", {})
    required = schema.get("required", ())
    rows = (
        (
            f"`{name}`",
            _value(field, found),
            "—" if name in required else f"`{json.dumps(field.get('default'))}`",
            field.get("description", ""),
        )
        for name, field in schema["properties"].items()
    )
    yield from table(("Field", "Value", "Default", "Meaning"), rows)


def _value(field: Schema, parts: Schema) -> str:
    if "anyOf" in field:
        return " or ".join(_value(option, parts) for option in field["anyOf"])
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if "properties" in parts[name] else _value(parts[name], parts)
    if "const" in field or "enum" in field:
        return codes(str(value) for value in field.get("enum", [field.get("const")]))
    if field.get("type") in {"array", "object"}:
        return _collection(field, parts)
    return _TYPES.get(field.get("type", ""), "any value")


def _collection(field: Schema, parts: Schema) -> str:
    word, inner = (
        ("list of", field.get("items")) if field["type"] == "array" else ("map to", field.get("additionalProperties"))
    )
    return f"{word} {_value(inner, parts)}" if isinstance(inner, dict) and inner else word.split()[0]


_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "null",
}
