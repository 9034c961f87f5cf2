"""`proxbox unlock ID`: remove a stale lock."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output


@click.command()
@click.argument("lock_id", metavar="ID")
@config_option
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path(), help="Folder of the plan whose apply no longer runs."
)
@common_options
@pass_output
def unlock(output: Output, *, lock_id: str, config: Path, folder: Path) -> None:
    """Remove the lock with this ID, here and on NetBox. Only for an apply that no longer runs."""
    removed = api.unlock(api.load(config), lock_id, folder=folder, listener=Listener(output))
    output.result(f"Removed {' and '.join(removed)}.")
