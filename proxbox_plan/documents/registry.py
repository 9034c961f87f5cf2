"""Registry of the document kinds: their models, the commands that read them, and their JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxbox_plan.model.approval import Approval
from proxbox_plan.model.base import Document
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.lint.lint import Lint
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State

DOCUMENTS: Final[Mapping[str, type[Document]]] = {
    model.KIND: model for model in (State, Inventory, Plan, Outcome, Drift, Lint)
}

READERS: Final[Mapping[str, str]] = {
    "state": "`proxbox plan` and `proxbox diff` read it",
    "inventory": "`proxbox plan` reads it",
    "plan": "`proxbox apply` reads it",
    "outcome": "`proxbox undo` reads it",
    "drift": "`proxbox drift` wrote it",
    "lint": "`proxbox lint` wrote it",
}


def document_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a document; KeyError for an unknown kind."""
    model = DOCUMENTS[kind] if kind != Approval.KIND else Approval
    schema = model.model_json_schema(mode="validation")
    schema["properties"]["kind"] |= {"const": kind}
    schema["properties"]["format_version"] |= {"pattern": r"^\d+\.\d+$"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": f"proxbox-plan {kind}"}
