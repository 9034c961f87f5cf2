"""Holder: who holds a lock, as the lock file and the lock on NetBox say it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Callable
from datetime import datetime
from getpass import getuser

from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.base import Frozen

Now = Callable[[], datetime]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Holder(Frozen):
    """Who holds a lock. A resumed apply keeps the id of the run it finishes."""

    id: str
    plan: str
    user: str
    host: str
    pid: int
    since: str

    def words(self) -> str:
        """Return one line that names the holder."""
        return f"{self.user}@{self.host}, process {self.pid}, plan {self.plan}, since {self.since}"


def holder(lock_id: str, plan_id: str, now: Now) -> Holder:
    """Describe this process as a lock's holder."""
    return Holder(
        id=lock_id, plan=plan_id, user=_user(), host=socket.gethostname(), pid=os.getpid(), since=moment_text(now())
    )


def is_lock_id(text: str) -> bool:
    """Whether a text has the form of our ids. Only such a text is put into a command to paste."""
    return _ID.fullmatch(text) is not None


def _user() -> str:
    with contextlib.suppress(KeyError, OSError):  # in a container the user id may have no name
        return getuser()
    return "unknown"
