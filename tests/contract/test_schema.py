from __future__ import annotations

from typing import Any

import pytest
from netbox_sdk import build_schema_index

from proxbox_plan.demo.netbox.filtering import filters
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model

CORE = [model for model in MODELS.values() if not model.plugin]


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """Read NetBox's own description of its API, which comes with netbox-sdk."""
    schema: dict[str, Any] = build_schema_index(version="4.7").schema
    return schema


def _operation(openapi: dict[str, Any], model: Model, method: str) -> dict[str, Any]:
    operation: dict[str, Any] = openapi["paths"][f"/api/{model.path}/"][method]
    return operation


def _resolved(openapi: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "oneOf" in schema:
        schema = schema["oneOf"][0] if "oneOf" in schema else openapi["components"]["schemas"][schema["$ref"][21:]]
    return schema


@pytest.mark.parametrize("model", CORE, ids=lambda model: model.path)
def test_every_filter_of_the_fake_is_one_of_netbox(openapi: dict[str, Any], model: Model) -> None:
    """A filter that only the fake had would be passed over by NetBox, which answers with everything."""
    known = {parameter["name"] for parameter in _operation(openapi, model, "get")["parameters"]}
    assert filters.names(model) - known == set()


@pytest.mark.parametrize("model", [model for model in CORE if not model.read_only], ids=lambda model: model.path)
def test_every_writable_field_of_the_fake_is_one_of_netbox(openapi: dict[str, Any], model: Model) -> None:
    """With the same limit of length, and required where NetBox requires it."""
    content = _operation(openapi, model, "post")["requestBody"]["content"]["application/json"]["schema"]
    schema = _resolved(openapi, content)
    theirs = schema["properties"]
    for field in model.fields:
        if field.writable:
            assert field.name in theirs
            shown = theirs[field.name].get("oneOf", [theirs[field.name]])[0]
            assert shown.get("maxLength") in {field.max_length, None}, field.name
    required = {field.name for field in model.fields if field.required}
    assert set(schema.get("required", ())) <= required
