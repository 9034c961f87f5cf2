"""`proxbox plan`: plan the changes that bring NetBox in line with Proxmox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    CHANGES,
    branch_option,
    common_options,
    config_option,
    detailed_exitcode_option,
    events_option,
    format_options,
    inventory_cache_option,
    keep_going_option,
    verbose_option,
)
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, WRITTEN, NamedFile, derived_files
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.files import Use
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Plan


def _parts(folder: Path) -> Mapping[str, Path]:
    return {name: folder / f"{name}.json" for name in ("auto", "review")}


def _files(given: Mapping[str, Any]) -> Iterator[NamedFile]:
    """Yield what no parameter names: the plans of --split."""
    if given["split"] is not None:
        for name, path in _parts(given["split"]).items():
            yield NamedFile(str(path), Use.WRITTEN, f"the plan of the class {name}")


@click.command()
@config_option
@click.option(
    "--state",
    "states",
    metavar="FILE",
    type=READ,
    multiple=True,
    shell_complete=json_files,
    help="Plan this state file instead of collecting; may be repeated (a state per site).",
)
@click.option(
    "--target",
    "targets",
    metavar="WHAT",
    multiple=True,
    help="Plan only this, with what it depends on: a guest (name, vmid or key), a node, a cluster, a kind or "
    "an address (virtual-disk:lab/*); may be repeated.",
)
@click.option(
    "--exclude",
    "excludes",
    metavar="WHAT",
    multiple=True,
    help="Plan everything but this and what depends on it; may be repeated.",
)
@keep_going_option
@branch_option
@click.option(
    "--inventory",
    metavar="FILE",
    type=READ,
    shell_complete=json_files,
    help="Plan against this saved inventory instead of NetBox itself.",
)
@click.option("--save-inventory", metavar="FILE", type=WRITTEN, help="Save the inventory that was read from NetBox.")
@inventory_cache_option
@click.option("--out", "-o", default="plan.json", show_default=True, metavar="FILE", type=WRITTEN, help="Plan file.")
@click.option(
    "--split",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also write a plan for each class of review into FOLDER, auto.json and review.json: each may be applied "
    "without the other, in any order.",
)
@click.option("--force-limit", is_flag=True, help="Ignore the change limits and the empty-source guard for this plan.")
@click.option(
    "--accept-identity",
    "accept_identities",
    metavar="CLUSTER",
    multiple=True,
    help="Accept that this cluster has another name and other nodes than NetBox knows; may be repeated.",
)
@click.option(
    "--previous",
    metavar="FILE",
    type=READ,
    shell_complete=json_files,
    help="Tell apart what the apply with this outcome tried in vain: what NetBox refused then is no news.",
)
@click.option("--require-complete", is_flag=True, help="Exit with 3 when any change is deferred.")
@detailed_exitcode_option
@events_option
@format_options
@verbose_option
@common_options
@derived_files(_files)
@pass_output
def plan(  # one argument per option
    output: Output,
    *,
    config: Path,
    states: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    keep_going: bool,
    branch: str | None,
    inventory: str | None,
    save_inventory: str | None,
    inventory_cache: str | None,
    out: str,
    split: Path | None,
    force_limit: bool,
    accept_identities: tuple[str, ...],
    previous: str | None,
    require_complete: bool,
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Show the changes that would bring NetBox in line with Proxmox. Read-only."""
    settings = api.load(config)
    only = targets if set(targets) <= set(settings.clusters) else ()  # nothing else need be read for them
    planned = api.plan(
        settings,
        state=states or None,
        inventory=api.read_as(inventory, Inventory) if inventory else None,
        clusters=only,
        keep_going=keep_going,
        targets=targets,
        excludes=excludes,
        branch=branch,
        ignore_limits=force_limit,
        accept_identities=accept_identities,
        inventory_cache=inventory_cache,
        previous=previous,
        listener=Listener(output),
    )
    if save_inventory:
        api.write(planned.inventory, save_inventory)
    api.write(planned.plan, out)
    show_document(output, planned.plan, format_, verbose=verbose)
    output.note(f"Wrote {out}.")
    if split is not None:
        _write_parts(output, settings, planned.plan, split)
    asked = [hit.label for hit in planned.plan.checks if hit.label]  # a label is asked for when it is applied
    api.check(planned.plan, asked, require_complete=require_complete)
    news = len(planned.plan.changes) > len(planned.plan.refused_before)
    return CHANGES if detailed_exitcode and news else 0


def _write_parts(output: Output, settings: api.Settings, plan: Plan, folder: Path) -> None:
    """Write the plan of each class, also an empty one: it replaces that of the last run."""
    parts = api.split(settings, plan)
    for name, path in _parts(folder).items():
        api.write(parts[name], path)
        output.note(f"Wrote {path}: {api.summary(parts[name])}")
