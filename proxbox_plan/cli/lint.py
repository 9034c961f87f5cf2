"""`proxbox lint [STATE...]`: show what is wrong in an estate by itself."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    CHANGES,
    common_options,
    config_option,
    format_options,
    keep_going_option,
    verbose_option,
)
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, WRITTEN
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.model.inventory import Inventory


@click.command()
@click.argument("states", metavar="[STATE]...", nargs=-1, type=READ, shell_complete=json_files)
@config_option
@keep_going_option
@click.option(
    "--inventory",
    metavar="FILE",
    type=READ,
    shell_complete=json_files,
    help="Compare with the prefixes of this saved inventory.",
)
@click.option("--netbox", is_flag=True, help="Read the prefixes of the guests' addresses from NetBox, and compare.")
@click.option("--out", "-o", metavar="FILE", type=WRITTEN, help="Save the findings as a document, for `proxbox show`.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 when there are findings that count (`lint.fail_on`)."
)
@format_options
@verbose_option
@common_options
@pass_output
def lint(  # one argument per option
    output: Output,
    *,
    states: tuple[str, ...],
    config: Path,
    keep_going: bool,
    inventory: str | None,
    netbox: bool,
    out: str | None,
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Show what is wrong in the estate by itself: guests without backup, duplicate addresses, ... Read-only.

    Without a state file the configured clusters are collected. A state file needs no configuration. docs/lint.md lists
    the rules.
    """
    found = api.lint(
        _settings(config, states),
        state=states or None,
        inventory=api.read_as(inventory, Inventory) if inventory else None,
        netbox=netbox,
        keep_going=keep_going,
        listener=Listener(output),
    )
    if out:
        api.write(found, out)
    show_document(output, found, format_, verbose=verbose)
    return CHANGES if detailed_exitcode and found.counted else 0


def _settings(config: Path, states: tuple[str, ...]) -> api.Settings | None:
    """Load the configuration; a state file can do without one that is not named."""
    named = click.get_current_context().get_parameter_source("config") is not ParameterSource.DEFAULT
    return None if states and not named and not config.exists() else api.load(config)
