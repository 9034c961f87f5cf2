"""What a plugin's version lacks is read from NetBox's own description of its API, and only when it must be."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.plugin_schema import SCHEMA, lack_of, lacking
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.plan import KINDS

SNAPSHOT = KINDS["proxbox-snapshot"]
BINDING = KINDS["proxbox-sdn-binding"]
KNOWN = "0.0.29.post6"


class Described:
    """A NetBox that describes its API, and counts how often it is asked to."""

    def __init__(self, schema: Any, **plugins: str) -> None:
        """Run these plugins."""
        self.plugins = plugins
        self.asked: list[str] = []
        self._schema = schema

    async def get(self, path: str, query: Any = None) -> Any:
        """Answer the description."""
        assert query == {"format": "json"}
        self.asked.append(path)
        return self._schema


def described(kind: Any, *without: str) -> dict[str, Any]:
    """Return an OpenAPI document with one kind, without some fields."""
    names = [field.name for field in kind.fields if field.name != "target"]
    names += ["target_type", "target_id"] if kind is BINDING else []
    properties: dict[str, Any] = {name: {} for name in (*names, "custom_fields", "tags") if name not in without}
    one = {"$ref": "#/components/schemas/One"}
    body = {"oneOf": [one, {"type": "array", "items": one}]}
    content = {"requestBody": {"content": {"application/json": {"schema": body}}}}
    return {
        "paths": {kind.path: {"post": content}},
        "components": {"schemas": {"One": {"type": "object", "properties": properties}}},
    }


def asked_of(netbox: Described) -> dict[str, tuple[str, ...]]:
    """Return what a NetBox lacks of all kinds."""
    return asyncio.run(lacking(cast("NetBox", netbox), KINDS.values()))


@pytest.mark.parametrize("plugins", [{}, {"netbox_proxbox": KNOWN}, {"netbox_branching": "1.2.2"}])
def test_the_description_is_not_read_without_need(plugins: dict[str, str]) -> None:
    """Neither without the plugin nor with the version our kinds were made for: it is 20 MB long."""
    netbox = Described({}, **plugins)
    assert asked_of(netbox) == {}
    assert netbox.asked == []


def test_it_is_read_once_for_an_unknown_version() -> None:
    """And every kind that is not in it is not read at all."""
    netbox = Described(described(SNAPSHOT), netbox_proxbox="0.0.99")
    found = asked_of(netbox)
    assert netbox.asked == [SCHEMA]
    assert "proxbox-snapshot" not in found
    assert found["proxbox-backup"] == ("*",)
    assert "virtual-machine" not in found


@pytest.mark.parametrize("kind", [SNAPSHOT, BINDING], ids=lambda kind: kind.name)
def test_a_kind_that_is_there_lacks_nothing(kind: Any) -> None:
    """A generic reference is two properties."""
    assert lack_of(kind, described(kind)) == ()


def test_missing_fields_are_named() -> None:
    """They are omitted, and the rest of the kind is written."""
    assert lack_of(SNAPSHOT, described(SNAPSHOT, "parent", "snaptime")) == ("snaptime", "parent")
    assert lack_of(BINDING, described(BINDING, "target_id")) == ("target",)


def test_a_kind_without_custom_fields_cannot_be_ours() -> None:
    """There is no place for its key."""
    assert lack_of(SNAPSHOT, described(SNAPSHOT, "custom_fields")) == ("*",)


@pytest.mark.parametrize("schema", [[], "", {"paths": []}, {"paths": {SNAPSHOT.path: {"post": {}}}}])
def test_a_description_that_is_none_is_an_error(schema: Any) -> None:
    """Not a NetBox that lacks everything."""
    with pytest.raises(NetBoxError, match="OpenAPI schema"):
        lack_of(SNAPSHOT, schema)
