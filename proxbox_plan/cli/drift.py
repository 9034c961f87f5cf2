"""`proxbox drift`: what differs and who changed it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.event_loop import run
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
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.model.drift import Drift


@click.command()
@config_option
@click.option(
    "--state", metavar="FILE", shell_complete=json_files, help="Compare this state file instead of collecting now."
)
@keep_going_option
@inventory_cache_option
@click.option("--out", "-o", metavar="FILE", help="Save what is found as a document; `show` shows it.")
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
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Say what differs between Proxmox and NetBox, and who changed it. Writes to neither."""
    from proxbox_plan.cli.planning import planned
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.cli.sources import collecting, saved
    from proxbox_plan.core.moment import moment_text
    from proxbox_plan.documents import write_document
    from proxbox_plan.plan.drift import make_drift

    settings = load_settings(config)
    source = saved(state) if state else collecting(settings, output, keep_going=keep_going)
    policy = settings.policy.without_limits()  # nothing is applied, so nothing needs one
    made, _ = planned(settings, output, source, inventory=None, policy=policy, cache=inventory_cache)
    found = run(_authored(settings, output, make_drift(made, moment_text(datetime.now(UTC)))))
    if out:
        write_document(found, out)
    show_document(output, found, format_, verbose=verbose)
    return CHANGES if detailed_exitcode and found.items else 0


async def _authored(settings: Settings, output: Output, found: Drift) -> Drift:
    """Ask NetBox's changelog who did what somebody did there; nothing is asked when nobody did anything."""
    from proxbox_plan.cli.sources import netbox_client
    from proxbox_plan.collect.netbox.change_authors import read_history, requests_of_ours
    from proxbox_plan.plan.drift import edited, unmade, unsure, with_authors

    objects, lacking = edited(found), unmade(found)
    if not objects and not lacking:
        return found
    async with netbox_client(settings, output, read_only=True) as netbox:
        history = await read_history(netbox, objects, lacking)
        return with_authors(found, history, await requests_of_ours(netbox, unsure(found, history)))
