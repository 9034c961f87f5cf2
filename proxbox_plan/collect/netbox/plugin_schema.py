"""Plugins: what an unknown version of one has no place for, from NetBox's own description of its API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import WHOLE
from proxbox_plan.model.kind import FieldType, Kind

SCHEMA = "/api/schema/"
# Versions whose tables our kinds were made for: there the schema (20 MB, many seconds) need not be read.
KNOWN: Mapping[str, str] = MappingProxyType({"netbox_proxbox": "0.0.29.post6"})


async def lacking(netbox: NetBox, kinds: Iterable[Kind]) -> dict[str, tuple[str, ...]]:
    """Return kind -> fields that this NetBox's plugins lack (`*`: the kind itself)."""
    strange = [kind for kind in kinds if kind.plugin in netbox.plugins and _is_strange(netbox, kind.plugin)]
    if not strange:
        return {}
    schema = await netbox.get(SCHEMA, {"format": "json"})
    return {kind.name: lack for kind in strange if (lack := lack_of(kind, schema))}


def _is_strange(netbox: NetBox, plugin: str | None) -> bool:
    return plugin is not None and KNOWN.get(plugin) != netbox.plugins[plugin]


def lack_of(kind: Kind, schema: Any) -> tuple[str, ...]:
    """Return which fields of a kind an OpenAPI document has no place for when one is created."""
    try:
        operation = schema["paths"].get(kind.path, {}).get("post")
        if operation is None:
            return (WHOLE,)
        properties = _properties(schema, operation["requestBody"]["content"]["application/json"]["schema"])
    except (KeyError, TypeError, AttributeError):
        raise NetBoxError(
            f"NetBox's description of its API ({SCHEMA}) is not one that can be understood",
            hint="It is needed because the plugin's version is unknown: switch its kinds off under `scope`.",
        ) from None
    lacks = [field.name for field in kind.fields if not _names(field.name, field.type) <= properties]
    return (WHOLE,) if "custom_fields" not in properties else tuple(lacks)


def _names(name: str, type_: FieldType) -> set[str]:
    return {f"{name}_type", f"{name}_id"} if type_ is FieldType.GENERIC else {name}


def _properties(schema: Any, node: Any) -> set[str]:
    """Names of the properties of a request, whatever of it is a list, a choice or a reference."""
    if "$ref" in node:
        return _properties(schema, schema["components"]["schemas"][node["$ref"].rpartition("/")[2]])
    found = set(node.get("properties", ()))
    for part in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        found |= _properties(schema, part)
    return found | (_properties(schema, node["items"]) if "items" in node else set())
