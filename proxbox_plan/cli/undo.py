"""`proxbox undo OUTCOME`: a plan that takes an apply back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.options import common_options, config_option, format_options, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.errors import StaleError
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.clients.netbox.client import NetBox
    from proxbox_plan.config import Settings
    from proxbox_plan.model.branch import BranchView
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.outcome import Outcome


@click.command()
@click.argument("file", metavar="OUTCOME", shell_complete=json_files)
@config_option
@click.option("--out", "-o", default="undo.json", show_default=True, metavar="FILE", help="Plan file.")
@format_options
@verbose_option
@common_options
@pass_output
def undo(output: Output, *, file: str, config: Path, out: str, format_: Format, verbose: bool) -> None:
    """Make a plan that takes an apply back, to be reviewed and applied like any other. Writes nothing to NetBox."""
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.documents import read_document, write_document
    from proxbox_plan.model.outcome import Outcome
    from proxbox_plan.plan import make_undo

    settings = load_settings(config)
    outcome = read_document(file, Outcome)
    inventory = run(_read(settings, output, outcome))
    made = make_undo(outcome, inventory, settings.digest)
    write_document(made, out)
    show_document(output, made, format_, verbose=verbose)
    output.note(f"Wrote {out}.")


async def _read(settings: Settings, output: Output, outcome: Outcome) -> Inventory:
    from proxbox_plan.cli.sources import netbox_client
    from proxbox_plan.clients.netbox.branch import look_at_branch
    from proxbox_plan.plan import KINDS

    async with netbox_client(settings, output, read_only=True) as netbox:
        if netbox.url != outcome.netbox_url.rstrip("/"):
            raise StaleError(
                f"the outcome is of {outcome.netbox_url}, not of {netbox.url}",
                hint="Undo against the NetBox it was applied to.",
            )
        if outcome.branch is None:
            return await _rows(netbox, outcome, None)
        view = await look_at_branch(netbox, outcome.branch.name, KINDS.values())
        if view.branch != outcome.branch:
            raise StaleError(
                f"the branch {outcome.branch.name!r} is not the one the plan was applied to",
                hint="What was in that branch is gone with it.",
            )
    async with netbox_client(settings, output, read_only=True, branch=outcome.branch.schema_id) as inside:
        return await _rows(inside, outcome, view)


async def _rows(netbox: NetBox, outcome: Outcome, view: BranchView | None) -> Inventory:
    from proxbox_plan.collect.netbox.inventory import extend
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.plan import kinds_of_outcome, undo_lookups

    clusters = tuple(sorted({change.cluster for change in outcome.changes if change.cluster}))
    inventory = Inventory.begun(url=netbox.url, netbox_version=netbox.version_text, view=view, clusters=clusters)
    while lookups := undo_lookups(outcome, inventory):
        inventory = await extend(netbox, kinds_of_outcome(outcome), inventory, lookups)
    return inventory.remade()
