"""Unlock: removes a stale lock."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from proxbox_plan.api.applying import LOCK_NAME
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import netbox_client
from proxbox_plan.apply.locks.file_lock import unlock_file
from proxbox_plan.apply.locks.holder import is_lock_id
from proxbox_plan.apply.locks.netbox_lock import unlock_netbox
from proxbox_plan.config import Settings
from proxbox_plan.core.errors import UsageError

_WHERE: Final = "Copy the id from the error message of `proxbox apply`."


def unlock(
    settings: Settings, lock_id: str, *, folder: Path | str = ".", listener: Listener = unheard
) -> tuple[str, ...]:
    """Remove the locks with this id, in the folder of the plan and on NetBox, and return which there were.

    Only for an apply that no longer runs. UsageError when there is none, and for what is no id.
    """
    if not is_lock_id(lock_id):
        raise UsageError(f"{lock_id[:64]!r} is not the id of a lock", hint=_WHERE)
    path = Path(folder) / LOCK_NAME
    here = (str(path),) if unlock_file(path, lock_id) else ()

    async def there() -> bool:
        async with netbox_client(settings, Reporter(listener), read_only=False) as netbox:
            return await unlock_netbox(netbox, lock_id)

    removed = (*here, "the lock on NetBox") if run(there()) else here
    if not removed:
        raise UsageError(f"No lock has the id {lock_id}", hint=_WHERE)
    return removed
