"""`proxbox diff BEFORE AFTER`: what changed between two snapshots."""

from __future__ import annotations

import click

from proxbox_plan.cli.options import CHANGES, Format, common_options, detailed_exitcode_option, format_options
from proxbox_plan.cli.output import Output, pass_output


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
    from proxbox_plan.model.base import canonical_json
    from proxbox_plan.model.state import State
    from proxbox_plan.report.diff import diff_states
    from proxbox_plan.report.diff_views import diff_markdown, diff_text
    from proxbox_plan.report.style import Style

    found = diff_states(read_document(before, State), read_document(after, State))
    match format_:
        case Format.JSON:
            output.result(canonical_json(found.model_dump(mode="json")))
        case Format.MARKDOWN:
            output.result(diff_markdown(found))
        case Format.TEXT:
            output.result(diff_text(found, style=Style(colour=output.colour)))
    return CHANGES if detailed_exitcode and found.objects else 0
