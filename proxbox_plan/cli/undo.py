"""`proxbox undo OUTCOME`: a plan that takes an apply back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.options import common_options, config_option, format_options, verbose_option
from proxbox_plan.cli.output import Output, pass_output
from proxbox_plan.cli.shown import show_document
from proxbox_plan.errors import StaleError
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.outcome import Outcome


@click.command()
@click.argument("file", metavar="OUTCOME")
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
    from proxbox_plan.planner import make_undo

    settings = load_settings(config)
    outcome = read_document(file, Outcome)
    inventory = asyncio.run(_read(settings, output, outcome))
    made = make_undo(outcome, inventory, settings.digest)
    write_document(made, out)
    show_document(output, made, format_, verbose=verbose)
    output.note(f"Wrote {out}.")


async def _read(settings: Settings, output: Output, outcome: Outcome) -> Inventory:
    from proxbox_plan.cli.sources import netbox_client
    from proxbox_plan.collector.inventory import extend
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.planner import kinds_of_outcome, undo_lookups

    async with netbox_client(settings, output, read_only=True) as netbox:
        if netbox.url != outcome.netbox_url.rstrip("/"):
            raise StaleError(f"the outcome is of {outcome.netbox_url}, not of {netbox.url}",
                             hint="Undo against the NetBox it was applied to.")  # fmt: skip
        clusters = tuple(sorted({change.cluster for change in outcome.changes if change.cluster}))
        inventory = Inventory.make(url=netbox.url, netbox_version=netbox.version_text, clusters=clusters)
        while lookups := undo_lookups(outcome, inventory):
            inventory = await extend(netbox, kinds_of_outcome(outcome), inventory, lookups)
        return inventory
