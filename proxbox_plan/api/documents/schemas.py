"""Schemas: the JSON Schema of every file that is read or written."""

from __future__ import annotations

from typing import Any

from proxbox_plan.config import config_schema, include_schema
from proxbox_plan.config.check_tests import check_tests_schema
from proxbox_plan.config.mapping_tests import mapping_tests_schema
from proxbox_plan.documents import document_schema
from proxbox_plan.model.event import event_schema


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a document, or of `config`, `include`, `tests`, `check-tests` or `event`."""
    files = {
        "config": config_schema,
        "include": include_schema,
        "tests": mapping_tests_schema,
        "check-tests": check_tests_schema,
        "event": event_schema,
    }
    return files[kind]() if kind in files else document_schema(kind)
