"""`proxbox drift`: what differs and who changed it."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan.cli.options import (
    CHANGES,
    common_options,
    config_option,
    detailed_exitcode_option,
    format_options,
    keep_going_option,
    verbose_option,
)
from proxbox_plan.cli.output import Output, pass_output
from proxbox_plan.cli.shown import show_document
from proxbox_plan.report.format import Format


@click.command()
@config_option
@click.option("--state", metavar="FILE", help="Compare this state file instead of collecting now.")
@keep_going_option
@click.option("--out", "-o", metavar="FILE", help="Save the comparison (a plan, which is not applied).")
@detailed_exitcode_option
@format_options
@verbose_option
@common_options
@pass_output
def drift(  # one argument per option
    output: Output, *, config: Path, state: str | None, keep_going: bool, out: str | None,
    detailed_exitcode: bool, format_: Format, verbose: bool,
) -> int:  # fmt: skip
    """Say what differs between Proxmox and NetBox, and who changed it. Writes to neither."""
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.cli.sources import collected, planned, saved_state
    from proxbox_plan.documents import write_document
    from proxbox_plan.report.drift import Drift, drift_sections

    settings = load_settings(config)
    source = saved_state(state) if state else collected(settings, output, keep_going=keep_going)
    policy = settings.policy.without_limits()  # nothing is applied, so nothing needs one
    made, _ = planned(settings, output, source, inventory=None, policy=policy)
    if out:
        write_document(made, out)
    show_document(output, Drift(made), format_, verbose=verbose)
    return CHANGES if detailed_exitcode and drift_sections(made) else 0
