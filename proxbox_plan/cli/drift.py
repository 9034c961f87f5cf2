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
from proxbox_plan.core.errors import UsageError


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
@click.option(
    "--toward",
    type=click.Choice(["proxmox"]),
    help="Show what Proxmox would need to say what people changed in NetBox, as lines for a shell or as JSON.",
)
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
    toward: str | None,
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Show what differs between Proxmox and NetBox, and who changed it. Read-only.

    With --toward proxmox it shows the `qm set` and `pct set` lines with which Proxmox would say what NetBox says: where
    a person changed it there, or NetBox is authoritative. Read them before you run them; nothing here does.
    """
    settings = api.load(config)
    if toward is not None:
        if out or output.reports:
            raise UsageError(
                "What Proxmox would need is no document and has no reports",
                hint="Omit --out and --report, or run `proxbox drift` without --toward for these.",
            )
        reverse = api.reverse_drift(
            settings,
            state=state,
            keep_going=keep_going,
            inventory_cache=inventory_cache,
            listener=Listener(output),
        )
        output.result(api.render_reverse_drift(reverse, format_))
        return CHANGES if detailed_exitcode and reverse.guests else 0
    found = api.drift(
        settings,
        state=state,
        keep_going=keep_going,
        inventory_cache=inventory_cache,
        listener=Listener(output),
    )
    if out:
        api.write(found, out)
    show_document(output, found, format_, verbose=verbose)
    return CHANGES if detailed_exitcode and found.needs_action else 0
