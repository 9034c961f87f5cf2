"""`proxbox doctor`: check connections, versions and privileges before planning."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.output import Output, pass_output


@click.command()
@config_option
@click.option(
    "--permissions",
    is_flag=True,
    help="Print the NetBox permissions that this configuration requires, as JSON for the API. Offline.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON.")
@common_options
@pass_output
def doctor(output: Output, *, config: Path, permissions: bool, as_json: bool) -> int:
    """Check Proxmox and NetBox, and print the least privileges required. Read-only; exits with 1 when a check fails."""
    if permissions:
        output.result(api.json_text(api.permissions(api.load(config))))
        return 0
    found = api.diagnose(config, on_wait=output.waiting)
    if as_json:
        output.result(api.json_text(found.model_dump(mode="json")))
    else:
        output.result(api.diagnosis_text(found, color=output.color))
    return 0 if found.healthy else 1
