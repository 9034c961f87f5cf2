"""`proxbox show FILE`: any document, in any format."""

from __future__ import annotations

import click

from proxbox_plan.cli.options import common_options, format_options, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.errors import UsageError
from proxbox_plan.report.format import Format


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=json_files)
@click.option("--drift", is_flag=True, help="Read a plan as drift: what differs, and who changed it.")
@format_options
@verbose_option
@common_options
@pass_output
def show(output: Output, *, files: tuple[str, ...], drift: bool, format_: Format, verbose: bool) -> None:
    """Show a state, inventory, plan, outcome or drift file (`-` for standard input).

    Several drift files are shown as a trend.
    """
    from proxbox_plan.documents import read_any, read_document
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.plan.drift import make_drift
    from proxbox_plan.report.trend import trend_of

    if len(files) > 1:
        if drift:
            raise UsageError("--drift reads one plan", hint="Files that `proxbox drift --out` saved need no --drift.")
        show_document(output, trend_of([read_any(file) for file in files]), format_)
        return
    subject = make_drift(read_document(files[0], Plan)) if drift else read_any(files[0])
    show_document(output, subject, format_, verbose=verbose)
