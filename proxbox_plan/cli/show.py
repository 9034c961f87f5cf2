"""`proxbox show FILE`: any document, in any format."""

from __future__ import annotations

import click

from proxbox_plan.cli.completing import json_files
from proxbox_plan.cli.options import common_options, format_options, verbose_option
from proxbox_plan.cli.output import Output, pass_output
from proxbox_plan.cli.shown import show_document
from proxbox_plan.report.format import Format


@click.command()
@click.argument("file", metavar="FILE", shell_complete=json_files)
@click.option("--drift", is_flag=True, help="Read a plan as drift: what differs, and who changed it.")
@format_options
@verbose_option
@common_options
@pass_output
def show(output: Output, *, file: str, drift: bool, format_: Format, verbose: bool) -> None:
    """Show a state, inventory, plan or outcome file (`-` for standard input)."""
    from proxbox_plan.documents import read_any, read_document
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.report.drift import Drift

    subject = Drift(read_document(file, Plan)) if drift else read_any(file)
    show_document(output, subject, format_, verbose=verbose)
