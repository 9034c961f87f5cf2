"""`proxbox init`: the files a new repository needs; none that is there is touched."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from proxbox_plan.api.init_files.new_files import CI, DEFAULTS, Answers, texts, write_new
from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output

_QUESTIONS = {
    "netbox_url": "NetBox's address",
    "netbox_token": "Where NetBox's token is (env:NAME or file:PATH)",
    "cluster": "Name of the first cluster (first part of every key, never changed again)",
    "host": "A node of that cluster",
    "token_id": "Id of the Proxmox token",
    "token_secret": "Where its secret is (env:NAME or file:PATH)",
    "site": "The NetBox site it stands in",
    "ci": "Pipelines for",
    "install": "What pip installs in the pipelines (empty: the runner has proxbox)",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[FOLDER]")
@click.option("--netbox-url", metavar="URL", help="NetBox's address.")
@click.option("--netbox-token", metavar="WHERE", help="Where its token is: env:NAME or file:PATH.")
@click.option("--cluster", metavar="NAME", help="Name of the first cluster.")
@click.option("--host", metavar="HOST", help="A node of that cluster.")
@click.option("--token-id", metavar="ID", help="Id of the Proxmox token, such as netbox@pve!sync.")
@click.option("--token-secret", metavar="WHERE", help="Where its secret is: env:NAME or file:PATH.")
@click.option("--site", metavar="NAME", help="The NetBox site the cluster stands in.")
@click.option("--ci", type=click.Choice(list(CI)), help="Which pipelines to write; github when nobody says.")
@click.option(
    "--install",
    metavar="REQUIREMENT",
    help="What pip installs in GitHub's workflows, such as a Git address with a tag; "
    "by default the runner must have proxbox.",
)
@click.option("--defaults", is_flag=True, help="Ask nothing, even on a terminal.")
@common_options
@pass_output
def init(output: Output, /, *, folder: Path, defaults: bool, **given: Any) -> None:
    """Write a commented proxbox.yaml, pipelines and a .gitignore; never overwrites a file.

    On a terminal it asks for what no option says.
    """
    asks = sys.stdin.isatty() and not defaults
    answers = Answers(**{field.name: _answer(field.name, given[field.name], asks=asks) for field in fields(Answers)})
    written, kept = write_new(folder, texts(answers))
    for place in kept:
        output.note(f"{place} is there already and stays as it is.")
    for place in written:
        output.result(f"wrote {place}")
    if written:
        output.note("Next: fill in proxbox.yaml, then `proxbox validate`.")


def _answer(name: str, given: str | None, *, asks: bool) -> str:
    """Return what an option says, else what somebody answers, else the default."""
    if given is not None:
        return given
    default = str(getattr(DEFAULTS, name))
    if not asks:
        return default
    kind = click.Choice(list(CI)) if name == "ci" else str
    return str(click.prompt(_QUESTIONS[name], default=default, type=kind, show_default=bool(default), err=True))
