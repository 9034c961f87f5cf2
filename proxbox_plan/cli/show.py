"""`proxbox show FILE`: any document, in any format."""

from __future__ import annotations

import click

from proxbox_plan.cli.options import Format, common_options, format_options, verbose_option
from proxbox_plan.cli.output import Output, pass_output
from proxbox_plan.cli.shown import show_document


@click.command()
@click.argument("file", metavar="FILE")
@format_options
@verbose_option
@common_options
@pass_output
def show(output: Output, *, file: str, format_: Format, verbose: bool) -> None:
    """Show a state, inventory, plan or outcome file (`-` for standard input)."""
    from proxbox_plan.documents import read_any

    show_document(output, read_any(file), format_, verbose=verbose)
