"""`proxbox rules`: work on the rules of the configuration."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option, keep_going_option, verbose_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ, WRITTEN
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output


@click.group()
@common_options
def rules() -> None:
    """Suggest rules for the configuration."""


@rules.command()
@config_option
@click.option(
    "--state",
    "states",
    metavar="FILE",
    type=READ,
    multiple=True,
    shell_complete=json_files,
    help="Learn from the guests of this state file instead of collecting; may be repeated (a state per site).",
)
@keep_going_option
@click.option(
    "--out",
    "-o",
    default="-",
    show_default=True,
    metavar="FILE",
    type=WRITTEN,
    help="File for the rules, which `include` of the configuration takes; - for stdout.",
)
@click.option("--tests", metavar="FILE", type=WRITTEN, help="Also write mapping tests of the rules to FILE.")
@verbose_option
@common_options
@pass_output
def suggest(
    output: Output,
    *,
    config: Path,
    states: tuple[str, ...],
    keep_going: bool,
    out: str,
    tests: str | None,
    verbose: bool,
) -> None:
    """Learn from NetBox the fewest rules that give guests what people set there. Read-only.

    Each rule gives the site, role, tenant, platform or VRF that nearly all guests with a name pattern, tag, pool, node,
    VLAN, ... have in NetBox; the others are listed as its exceptions. Rules of the configuration come first: what they
    give stays.
    """
    found = api.suggest_rules(api.load(config), state=states or None, keep_going=keep_going, listener=Listener(output))
    if out == "-":
        output.result(api.rules_yaml(found))
    else:
        api.write_text(out, api.rules_yaml(found))
    if tests:
        api.write_text(tests, api.mapping_tests_yaml(found))
    output.aside(api.render_suggestion(found, verbose=verbose))
    for place in (out, tests):
        if place and place != "-":
            output.note(f"Wrote {place}.")
