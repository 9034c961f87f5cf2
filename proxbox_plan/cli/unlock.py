"""`proxbox unlock ID`: remove a stale lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.apply import LOCK
from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.errors import LockedError

if TYPE_CHECKING:
    from proxbox_plan.config import Settings


@click.command()
@click.argument("lock_id", metavar="ID")
@config_option
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Folder of the plan whose apply died.")
@common_options
@pass_output
def unlock(output: Output, *, lock_id: str, config: Path, folder: Path) -> None:
    """Remove the lock with this ID, here and on NetBox. Only for an apply that is dead."""
    from proxbox_plan.apply.locks.file_lock import unlock_file
    from proxbox_plan.cli.settings import load_settings

    removed: list[str] = []
    path = folder / LOCK
    settings = load_settings(config)
    if unlock_file(path, lock_id):
        removed.append(str(path))
    if run(_unlock(settings, output, lock_id)):
        removed.append("the lock on NetBox")
    if not removed:
        raise LockedError(
            f"there is no lock with the id {lock_id}", hint="A refused `proxbox apply` names the id of the lock it met."
        )
    output.result(f"Removed {' and '.join(removed)}.")


async def _unlock(settings: Settings, output: Output, lock_id: str) -> bool:
    from proxbox_plan.apply.locks.netbox_lock import unlock_netbox
    from proxbox_plan.cli.sources import netbox_client

    async with netbox_client(settings, output, read_only=False) as netbox:
        return await unlock_netbox(netbox, lock_id)
