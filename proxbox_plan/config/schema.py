"""The JSON Schema of `proxbox.yaml`, for editors that complete and check it."""

from __future__ import annotations

from typing import Any

from proxbox_plan.config.file import ConfigFile


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration file."""
    schema = ConfigFile.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "proxbox.yaml"}


def include_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file that the configuration includes: the same keys, none of them required."""
    schema = config_schema()
    del schema["required"]
    return {**schema, "title": "a file that proxbox.yaml includes"}
