"""`proxbox undo OUTCOME`: plan the changes that revert an apply."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import common_options, config_option, format_options, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, WRITTEN
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document


@click.command()
@click.argument("file", metavar="OUTCOME", type=READ, shell_complete=json_files)
@config_option
@click.option("--out", "-o", default="undo.json", show_default=True, metavar="FILE", type=WRITTEN, help="Plan file.")
@format_options
@verbose_option
@common_options
@pass_output
def undo(output: Output, *, file: str, config: Path, out: str, format_: Format, verbose: bool) -> None:
    """Plan the changes that revert an apply, to be reviewed and applied like any other plan. Read-only."""
    settings = api.load(config)
    made = api.undo(settings, file, listener=Listener(output))
    api.write(made, out)
    show_document(output, made, format_, verbose=verbose)
    output.note(f"Wrote {out}.")
    if made.limits:
        output.note(f"It exceeds a change limit. Apply it with: proxbox apply {shlex.quote(out)} --force-limit")
    api.check(made, [hit.label for hit in made.checks if hit.label])  # a label is asked for when it is applied
