"""Plugin schema: the kinds and fields that an unknown plugin version lacks, from NetBox's OpenAPI schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import WHOLE
from proxbox_plan.model.kind import FieldType, Kind

SCHEMA = "/api/schema/"
# Versions the kinds are made for: for them the schema (20 MB, many seconds) is not read.
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
    """Return the fields of a kind that the request schema for creating one does not have."""
    try:
        operation = schema["paths"].get(kind.path, {}).get("post")
        if operation is None:
            return (WHOLE,)
        properties = _properties(schema, operation["requestBody"]["content"]["application/json"]["schema"])
    except (KeyError, TypeError, AttributeError):
        raise NetBoxError(
            f"NetBox's OpenAPI schema ({SCHEMA}) is not valid",
            hint="Switch the plugin's kinds off under `scope`: its version is unknown, so its schema is needed.",
        ) from None
    lacks = [field.name for field in kind.fields if not _names(field.name, field.type) <= properties]
    return (WHOLE,) if "custom_fields" not in properties else tuple(lacks)


def _names(name: str, type_: FieldType) -> set[str]:
    return {f"{name}_type", f"{name}_id"} if type_ is FieldType.GENERIC else {name}


def _properties(schema: Any, node: Any) -> set[str]:
    """Names of the properties of a request schema, resolving lists, choices and references."""
    if "$ref" in node:
        return _properties(schema, schema["components"]["schemas"][node["$ref"].rpartition("/")[2]])
    found = set(node.get("properties", ()))
    for part in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        found |= _properties(schema, part)
    return found | (_properties(schema, node["items"]) if "items" in node else set())
