"""`proxbox drift`: show what differs, and who changed it."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    CHANGES,
    common_options,
    config_option,
    detailed_exitcode_option,
    format_options,
    inventory_cache_option,
    keep_going_option,
    verbose_option,
)
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, WRITTEN
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document


@click.command()
@config_option
@click.option(
    "--state",
    metavar="FILE",
    type=READ,
    shell_complete=json_files,
    help="Compare this state file instead of collecting.",
)
@keep_going_option
@inventory_cache_option
@click.option("--out", "-o", metavar="FILE", type=WRITTEN, help="Save the drift as a document, for `proxbox show`.")
@detailed_exitcode_option
@format_options
@verbose_option
@common_options
@pass_output
def drift(  # one argument per option
    output: Output,
    *,
    config: Path,
    state: str | None,
    keep_going: bool,
    inventory_cache: str | None,
    out: str | None,
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Show what differs between Proxmox and NetBox, and who changed it. Read-only."""
    found = api.drift(
        api.load(config),
        state=state,
        keep_going=keep_going,
        inventory_cache=inventory_cache,
        listener=Listener(output),
    )
    if out:
        api.write(found, out)
    show_document(output, found, format_, verbose=verbose)
    return CHANGES if detailed_exitcode and found.counted else 0
