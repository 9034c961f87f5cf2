"""`proxbox schema KIND`: the JSON Schema of a document, of the configuration, or of an event."""

from __future__ import annotations

from typing import Final

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output

SCHEMAS: Final = (
    "approval",
    "check-tests",
    "config",
    "drift",
    "event",
    "include",
    "inventory",
    "lint",
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
    """Print the JSON Schema of a document, the configuration and its parts, mapping tests, check tests or events."""
    output.result(api.json_text(api.schema(kind)))
