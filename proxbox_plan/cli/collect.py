"""`proxbox collect`: read Proxmox into a state file."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    common_options,
    config_option,
    events_option,
    format_options,
    keep_going_option,
    verbose_option,
)
from proxbox_plan.cli.terminal.completing import cluster_names
from proxbox_plan.cli.terminal.files import WRITTEN
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document, write_reports


@click.command()
@config_option
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="NAME",
    shell_complete=cluster_names,
    help="Only this cluster; may be repeated.",
)
@keep_going_option
@click.option(
    "--out",
    "-o",
    default="state.json",
    show_default=True,
    metavar="FILE",
    type=WRITTEN,
    help="State file; - for stdout. It is left alone while nothing but its time would change.",
)
@click.option(
    "--redact",
    is_flag=True,
    help="Hide notes and all addresses, to share the file; a redacted state cannot be planned.",
)
@events_option
@format_options
@verbose_option
@common_options
@pass_output
def collect(
    output: Output,
    *,
    config: Path,
    clusters: tuple[str, ...],
    keep_going: bool,
    redact: bool,
    out: str,
    format_: Format,
    verbose: bool,
) -> None:
    """Read the configured Proxmox clusters into a state file. Read-only."""
    settings = api.load(config)
    state = api.collect(
        settings,
        clusters=clusters,
        keep_going=keep_going,
        redact=redact,
        listener=Listener(output),
    )
    if out == "-":
        write_reports(output, state, verbose=verbose)
        output.result(state.to_json())
        return
    current = api.is_current(state, out)
    if not current:
        api.write(state, out)
    show_document(output, state, format_, verbose=verbose)
    output.note(f"{out} has this state already." if current else f"Wrote {out}.")
