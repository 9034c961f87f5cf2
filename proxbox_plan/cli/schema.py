"""`proxbox schema KIND`: the JSON Schema of a document, of the configuration, or of an event."""

from __future__ import annotations

from typing import Any, Final

import click

from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output

SCHEMAS: Final = (
    "config",
    "drift",
    "event",
    "include",
    "inventory",
    "outcome",
    "plan",
    "state",
    "tests",
)


@click.command()
@click.argument("kind", type=click.Choice(SCHEMAS))
@common_options
@pass_output
def schema(output: Output, *, kind: str) -> None:
    """Print the JSON Schema of a document, of the configuration and its parts, of mapping tests, or of an event."""
    from proxbox_plan.model.base import canonical_json

    output.result(canonical_json(schema_of(kind)))


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file."""
    from proxbox_plan.config import config_schema, include_schema
    from proxbox_plan.config.mapping_tests import mapping_tests_schema
    from proxbox_plan.documents import document_schema
    from proxbox_plan.model.event import event_schema

    files = {
        "config": config_schema,
        "include": include_schema,
        "tests": mapping_tests_schema,
        "event": event_schema,
    }
    return files[kind]() if kind in files else document_schema(kind)
