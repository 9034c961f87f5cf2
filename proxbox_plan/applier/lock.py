"""Lock: one apply at a time: a file beside the plan for this machine, a tag on NetBox for all the others.

NetBox's tags have a unique slug, so creating one is an atomic claim that every server enforces. A lock left behind by
a dead run is named and explained, never broken silently: `proxbox unlock ID` removes it. Only `--resume` of the same
plan takes over a lock by itself, and only when the process that held it ran on this machine and is provably gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from typing import Any

from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.errors import LockedError, NetBoxError, UncertainWriteError
from proxbox_plan.model.base import Frozen

TAG = "proxbox-lock"
_TAGS = "/api/extras/tags/"
_LEASE = 300.0  # seconds a lock on NetBox is good for without being renewed

_DESCRIPTION = re.compile(
    r"(?P<id>\S+) plan (?P<plan>\S+) (?P<user>.*)@(?P<host>\S+) pid (?P<pid>\d{1,9}) until (?P<until>\S+)"
)

Now = Callable[[], datetime]


class Holder(Frozen):
    """Who holds a lock."""

    id: str
    plan: str
    user: str
    host: str
    pid: int
    since: str

    def words(self) -> str:
        """Return one line for people."""
        return f"{self.user}@{self.host}, process {self.pid}, plan {self.plan}, since {self.since}"


def holder(lock_id: str, plan_id: str, now: Now) -> Holder:
    """Describe this process as a lock's holder."""
    with contextlib.suppress(KeyError, OSError):
        return Holder(id=lock_id, plan=plan_id, user=getuser(), host=socket.gethostname(), pid=os.getpid(),
                      since=_text(now()))  # fmt: skip
    return Holder(id=lock_id, plan=plan_id, user="unknown", host=socket.gethostname(), pid=os.getpid(),
                  since=_text(now()))  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class FileLock:
    """A file that exists while an apply runs."""

    def __init__(self, path: Path, who: Holder) -> None:
        """Name the file and the holder; nothing happens before `take`."""
        self.path = path
        self._who = who

    def take(self, *, resume: bool = False) -> None:
        """Create the file; LockedError when it is there already and not this plan's own, left by a dead process."""
        found = read_file_lock(self.path) if resume else None
        if found is not None and found.plan == self._who.plan and _is_dead(found.host, found.pid):
            self.path.unlink(missing_ok=True)
        text = json.dumps(self._who.model_dump(), sort_keys=True) + "\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise self._locked() from None
        except OSError as error:
            raise LockedError(f"cannot create the lock file {self.path}: {error.strerror}",
                              hint="The folder of the plan must be writable.") from None  # fmt: skip
        with os.fdopen(descriptor, "w") as file:
            file.write(text)

    def _locked(self) -> LockedError:
        found = read_file_lock(self.path)
        if found is None:
            return LockedError(f"the lock file {self.path} exists and can't be read",
                               hint="If no apply is running, remove the file.")  # fmt: skip
        if _is_dead(found.host, found.pid):
            return LockedError(
                f"a lock is left from an apply that no longer runs ({found.words()})",
                hint=f"Finish it with `proxbox apply --resume`, or remove the lock: proxbox unlock {found.id}",
            )
        return LockedError(f"another apply holds the lock: {found.words()}",
                           hint=f"Wait for it. If it is gone for good: proxbox unlock {found.id}")  # fmt: skip

    def release(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


def read_file_lock(path: Path) -> Holder | None:
    """Return who holds a lock file; null when there is none or it can't be read."""
    with contextlib.suppress(OSError, ValueError):
        return Holder.model_validate_json(path.read_text(encoding="utf-8"))
    return None


def _is_dead(host: str, pid: int) -> bool:
    """Whether a process of this machine is gone; of another machine nothing is known."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


class NetBoxLock:
    """A tag on NetBox that exists while an apply runs; its description says who holds it and until when."""

    def __init__(self, netbox: NetBox, who: Holder, now: Now) -> None:
        """Name the holder; nothing is sent before `take`."""
        self._netbox = netbox
        self._who = who
        self._now = now
        self._id = 0
        self._renewal: asyncio.Task[None] | None = None

    async def take(self, *, resume: bool = False) -> None:
        """Create the tag; LockedError when another run has it."""
        if resume:
            await self._take_over()
        body = {"name": TAG, "slug": TAG, "color": "f44336", "description": self._description()}
        try:
            answer = await self._netbox.write("POST", _TAGS, body)
        except UncertainWriteError:
            answer = await self._own()
        except NetBoxError as error:
            found = await read_netbox_lock(self._netbox)
            if error.status == 400 and found is not None:  # noqa: PLR2004 # HTTP bad request: the slug is taken
                raise self._locked(found) from None
            raise
        self._id = int(answer["id"])
        self._renewal = asyncio.create_task(self._renew())

    async def _take_over(self) -> None:
        """Remove the lock of the run that is being resumed, if that run is provably dead."""
        found = await read_netbox_lock(self._netbox)
        text = str(found.get("description", "")) if found else ""
        match = _DESCRIPTION.fullmatch(text)
        if found and match and match["plan"] == self._who.plan and _is_dead(match["host"], int(match["pid"])):
            await self._netbox.write("DELETE", f"{_TAGS}{found['id']}/", {})

    async def _own(self) -> dict[str, Any]:
        """After a lost answer: the tag that is there now is ours when it names us."""
        found = await read_netbox_lock(self._netbox)
        if found is None or not str(found.get("description", "")).startswith(self._who.id):
            raise LockedError("NetBox did not say whether it gave us the lock", hint="Try again.")
        return found

    def _description(self) -> str:
        until = _text(self._now() + timedelta(seconds=_LEASE))
        who = self._who
        return f"{who.id} plan {who.plan} {who.user[:30]}@{who.host[:60]} pid {who.pid} until {until}"[:200]

    def _locked(self, found: dict[str, Any]) -> LockedError:
        text = str(found.get("description", ""))
        lock_id, until = text.partition(" ")[0], text.rpartition(" until ")[2]
        over = until < _text(self._now())
        state = "is left on NetBox, and its lease is over" if over else "is held on NetBox"
        return LockedError(
            f"the apply lock {state}: {text.partition(' ')[2]}",
            hint=("The run that took it seems dead" if over else "Another run is at work; wait for it. If it is dead")
            + f": proxbox unlock {lock_id}",
        )

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_LEASE / 3)
            with contextlib.suppress(NetBoxError):
                await self._netbox.write("PATCH", f"{_TAGS}{self._id}/", {"description": self._description()})

    async def release(self) -> None:
        """Delete the tag; a NetBox that is down keeps it, and the next run says so."""
        if self._renewal is not None:
            self._renewal.cancel()
        with contextlib.suppress(NetBoxError):
            await self._netbox.write("DELETE", f"{_TAGS}{self._id}/", {})


async def read_netbox_lock(netbox: NetBox) -> dict[str, Any] | None:
    """Return the tag that is the lock; null when nobody holds it."""
    return await anext((row async for row in netbox.rows(_TAGS, {"slug": [TAG]})), None)


async def unlock_netbox(netbox: NetBox, lock_id: str) -> bool:
    """Remove the lock with that id from NetBox; false when the lock there is another, or none."""
    found = await read_netbox_lock(netbox)
    if found is None or str(found.get("description", "")).partition(" ")[0] != lock_id:
        return False
    await netbox.write("DELETE", f"{_TAGS}{found['id']}/", {})
    return True
