"""`proxbox plan`: the difference between Proxmox and NetBox as a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

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
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.core.errors import RefusedError
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.plan import Plan


@click.command()
@config_option
@click.option(
    "--state",
    "states",
    metavar="FILE",
    multiple=True,
    shell_complete=json_files,
    help="Plan this state file instead of collecting now; may be repeated (a state per site).",
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
    shell_complete=json_files,
    help="Plan against this saved inventory instead of NetBox itself.",
)
@click.option("--save-inventory", metavar="FILE", help="Save what NetBox said.")
@inventory_cache_option
@click.option("--out", "-o", default="plan.json", show_default=True, metavar="FILE", help="Plan file.")
@click.option("--force-limit", is_flag=True, help="Lift the limits and the empty-source guard for this plan.")
@click.option("--require-complete", is_flag=True, help="Exit with 3 when anything had to be withheld.")
@detailed_exitcode_option
@events_option
@format_options
@verbose_option
@common_options
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
    force_limit: bool,
    require_complete: bool,
    detailed_exitcode: bool,
    format_: Format,
    verbose: bool,
) -> int:
    """Plan what NetBox should say, and why. Sends nothing but GET."""
    from proxbox_plan.cli.planning import planned
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.cli.sources import collecting, saved

    settings = load_settings(config)
    known = _saved_inventory(inventory) if inventory else None
    if states:
        source = saved(*states)
    else:
        only = targets if set(targets) <= set(settings.clusters) else ()  # nothing else need be read for them
        source = collecting(settings, output, only, keep_going=keep_going)
    policy = settings.policy
    if force_limit:
        policy = policy.without_limits()
    made, seen = planned(
        settings,
        output,
        source,
        inventory=known,
        policy=policy,
        targets=targets,
        excludes=excludes,
        branch=branch,
        cache=inventory_cache,
    )
    from proxbox_plan.documents import write_document  # sooner, NetBox's first answer would wait for it

    if save_inventory:
        write_document(seen, save_inventory)
    write_document(made, out)
    show_document(output, made, format_, verbose=verbose)
    output.note(f"Wrote {out}.")
    _refuse(made, require_complete=require_complete)
    return CHANGES if detailed_exitcode and made.changes else 0


def _saved_inventory(path: str) -> Inventory:
    from proxbox_plan.documents import read_document
    from proxbox_plan.model.inventory import Inventory

    return read_document(path, Inventory)


def _refuse(made: Plan, *, require_complete: bool) -> None:
    from proxbox_plan.policy.permission import check_permission

    check_permission(made, [hit.label for hit in made.checks if hit.label])  # a label is asked for when it is applied
    if require_complete and not made.complete:
        raise RefusedError(
            f"{len(made.deferred)} objects were withheld, because the source was not read completely",
            hint="See the plan for the reasons; without --require-complete the rest can be applied.",
        )
