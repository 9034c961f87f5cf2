"""`proxbox diff BEFORE AFTER`: what changed between two snapshots."""

from __future__ import annotations

import click

from proxbox_plan.cli.options import CHANGES, common_options, detailed_exitcode_option, format_options
from proxbox_plan.cli.output import Output, pass_output
from proxbox_plan.cli.shown import show_document
from proxbox_plan.report.format import Format


@click.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@format_options
@detailed_exitcode_option
@common_options
@pass_output
def diff(output: Output, *, before: str, after: str, format_: Format, detailed_exitcode: bool) -> int:
    """Say what changed between two state files (`-` for standard input)."""
    from proxbox_plan.documents import read_document
    from proxbox_plan.model.state import State
    from proxbox_plan.report.diff import diff_states

    found = diff_states(read_document(before, State), read_document(after, State))
    show_document(output, found, format_)
    return CHANGES if detailed_exitcode and found.objects else 0
