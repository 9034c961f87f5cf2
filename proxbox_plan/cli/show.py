"""`proxbox show FILE`: show a document in any format."""

from __future__ import annotations

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import common_options, format_options, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.plan import Plan


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=READ, shell_complete=json_files)
@click.option("--drift", is_flag=True, help="Show a plan as drift: what differs, and who changed it.")
@format_options
@verbose_option
@common_options
@pass_output
def show(output: Output, *, files: tuple[str, ...], drift: bool, format_: Format, verbose: bool) -> None:
    """Show a state, inventory, plan, outcome or drift file (`-` for standard input).

    Several drift files are shown as a trend.
    """
    if len(files) > 1:
        if drift:
            raise UsageError(
                "--drift takes exactly one plan", hint="Omit --drift for files that `proxbox drift --out` saved."
            )
        show_document(output, api.trend([api.read(file) for file in files]), format_)
        return
    subject = api.drift_of(api.read_as(files[0], Plan)) if drift else api.read(files[0])
    show_document(output, subject, format_, verbose=verbose)
