"""`proxbox init`: write the files that a new repository needs; never overwrites a file."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from proxbox_plan import api
from proxbox_plan.api.init_files.learned_rules import RULES, check_free, learn, write_learned
from proxbox_plan.api.init_files.new_files import CI, CONFIG, DEFAULTS, Answers, texts, write_new
from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output

_QUESTIONS = {
    "netbox_url": "URL of NetBox",
    "netbox_token": "Reference to NetBox's token (env:NAME or file:PATH)",
    "cluster": "Name of the first cluster (first part of every key; cannot change later)",
    "host": "A node of that cluster",
    "token_id": "Id of the Proxmox token",
    "token_secret": "Reference to its secret (env:NAME or file:PATH)",
    "site": "NetBox site of the cluster",
    "ci": "Pipelines for",
    "install": "What pip installs in the pipelines (empty: the runner has proxbox)",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[FOLDER]")
@click.option("--netbox-url", metavar="URL", help="URL of NetBox.")
@click.option("--netbox-token", metavar="WHERE", help="Reference to its token: env:NAME or file:PATH.")
@click.option("--cluster", metavar="NAME", help="Name of the first cluster.")
@click.option("--host", metavar="HOST", help="A node of that cluster.")
@click.option("--token-id", metavar="ID", help="Id of the Proxmox token, such as netbox@pve!sync.")
@click.option("--token-secret", metavar="WHERE", help="Reference to its secret: env:NAME or file:PATH.")
@click.option("--site", metavar="NAME", help="NetBox site of the cluster.")
@click.option("--ci", type=click.Choice(list(CI)), help="Pipelines to write; by default github.")
@click.option(
    "--install",
    metavar="REQUIREMENT",
    help="Requirement that pip installs in GitHub's workflows, such as a Git URL with a tag; "
    "by default the runner must have proxbox.",
)
@click.option(
    "--from-netbox",
    is_flag=True,
    help="Also learn rules from what NetBox has: reads NetBox and Proxmox. Read-only there.",
)
@click.option("--defaults", is_flag=True, help="Ask no questions, even on a terminal.")
@common_options
@pass_output
def init(output: Output, /, *, folder: Path, from_netbox: bool, defaults: bool, **given: Any) -> None:
    """Write a commented proxbox.yaml, pipelines and a .gitignore; never overwrites a file.

    On a terminal it asks for values that no option sets. With --from-netbox it then reads both sides as proxbox.yaml
    says, also one that exists, and writes rules that give guests what people set in NetBox: rules.yaml, which a new
    proxbox.yaml includes, and mapping-tests/rules.yaml.
    """
    if from_netbox:
        check_free(folder)
    asks = sys.stdin.isatty() and not defaults
    answers = Answers(**{field.name: _answer(field.name, given[field.name], asks=asks) for field in fields(Answers)})
    wanted = texts(answers)
    written, kept = write_new(folder, wanted)
    for place in kept:
        output.note(f"{place} exists and is not changed.")
    for place in written:
        output.result(f"Wrote {place}.")
    if from_netbox:
        _learn(output, folder, wanted[CONFIG] if folder / CONFIG in written else None)
    elif written:
        output.note("Next: fill in proxbox.yaml, then `proxbox validate`.")


def _learn(output: Output, folder: Path, config: str | None) -> None:
    """Write what is learned from NetBox; `config` is the text of a configuration that is new."""
    found = learn(folder, Listener(output))
    output.aside(api.render_suggestion(found))
    if not found.rules:
        output.note("No rule is needed.")
        return
    for place in write_learned(folder, found, config):
        output.result(f"Wrote {place}.")
    if config is None:
        output.note(f"Next: add `include: [{RULES}]` to {folder / CONFIG}, then `proxbox validate`.")
    else:
        output.note("Next: read rules.yaml, then `proxbox validate` and `proxbox plan`.")


def _answer(name: str, given: str | None, *, asks: bool) -> str:
    """Return the value of an option, else the user's answer, else the default."""
    if given is not None:
        return given
    default = str(getattr(DEFAULTS, name))
    if not asks:
        return default
    kind = click.Choice(list(CI)) if name == "ci" else str
    return str(click.prompt(_QUESTIONS[name], default=default, type=kind, show_default=bool(default), err=True))
