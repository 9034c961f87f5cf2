"""`proxbox show FILE`: show a document in any format."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import approval_options, common_options, format_options, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, READ_PATH
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.plan import Plan

_CONFIG = Path("proxbox.yaml")


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=READ, shell_complete=json_files)
@click.option("--drift", is_flag=True, help="Show a plan as drift: what differs, and who changed it.")
@click.option(
    "--config",
    "-c",
    type=READ_PATH,
    metavar="FILE",
    help="Show a plan with the approvals that this configuration requires; with --approval by default proxbox.yaml, if "
    "it is there.",
)
@approval_options
@format_options
@verbose_option
@common_options
@pass_output
def show(
    output: Output,
    *,
    files: tuple[str, ...],
    drift: bool,
    config: Path | None,
    approvals: tuple[Path, ...],
    require_approvals: int,
    allowed_signers: Path | None,
    authors: tuple[str, ...],
    max_approval_age: float | None,
    format_: Format,
    verbose: bool,
) -> None:
    """Show a state, inventory, plan, outcome or drift file (`-` for standard input).

    Several drift files are shown as a trend, and a plan with its approvals: which count, and how many are required.
    """
    given = api.Approvals(approvals, require_approvals, allowed_signers, authors, max_approval_age)
    asked = config is not None or given != api.Approvals()
    if asked and (drift or len(files) > 1):
        raise UsageError("Approvals are those of exactly one plan", hint="Name one plan, without --drift.")
    if len(files) > 1:
        if drift:
            raise UsageError(
                "--drift takes exactly one plan", hint="Omit --drift for files that `proxbox drift --out` saved."
            )
        show_document(output, api.trend([api.read(file) for file in files]), format_)
        return
    if asked:
        path = config or (_CONFIG if _CONFIG.is_file() else None)
        settings = api.load(path) if path is not None else None
        subject: api.Subject = api.reviewed(api.read_as(files[0], Plan), given, settings=settings)
    else:
        subject = api.drift_of(api.read_as(files[0], Plan)) if drift else api.read(files[0])
    show_document(output, subject, format_, verbose=verbose)
