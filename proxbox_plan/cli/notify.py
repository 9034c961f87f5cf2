"""`proxbox notify FILE`: tell receivers of a document."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ_PATH, WRITTEN_PATH
from proxbox_plan.cli.terminal.output import Output, pass_output


@click.command()
@click.argument("file", metavar="FILE", type=READ_PATH, shell_complete=json_files)
@config_option
@click.option(
    "--sent",
    metavar="FILE",
    type=WRITTEN_PATH,
    default="proxbox-notified.json",
    show_default=True,
    help="What each receiver heard last: it hears the same only once.",
)
@click.option("--link", metavar="URL", default="", help="Where to read more, for the message.")
@common_options
@pass_output
def notify(output: Output, *, file: Path, config: Path, sent: Path, link: str) -> None:
    """Send a document's summary to the receivers under `notify` of the configuration.

    The document is a plan, an outcome, a drift or a lint report. A receiver that is down is a warning, never an error.
    """
    found = api.notify(api.load(config), api.read(file), remember=sent, link=link)
    for name, why in found.failed.items():
        output.warning(f"{name} did not get the message: {why}.")
    if found.sent:
        output.note(f"Sent to {', '.join(found.sent)}.")
    elif not found.failed:
        output.note("Nothing new to say.")
