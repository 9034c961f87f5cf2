"""Every error this tool raises on purpose.

The tree, with the exit code each class ends the command with::

    ProxboxError                 1   anything below, so callers may catch one class
    ├── UsageError               1   the command line asks for something that cannot be done
    ├── ConfigError              1   proxbox.yaml is missing, broken or contradicts itself
    ├── DocumentError            1   a state, inventory, plan or outcome file cannot be read or written
    ├── ProxmoxError             1   Proxmox could not be reached, refused us, or gave nothing to trust
    ├── NetBoxError              1   NetBox could not be reached, refused us, or is too old
    │   └── UncertainWriteError  1   a write was sent and its answer was lost (the applier looks it up)
    ├── RefusedError             3   a limit, a policy or incompleteness forbids going on
    ├── StaleError               4   NetBox or the inputs changed since the plan was made
    ├── PartialApplyError        5   apply stopped part-way; the outcome file says where
    └── LockedError              6   another apply holds the lock

Each carries a message (what, where, why) and a hint (what to do). A traceback shown to a user is therefore a bug.
"""

from __future__ import annotations

from typing import ClassVar


class ProxboxError(Exception):
    """Something the user can understand and act on."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the remedy apart, so that every view can lay them out its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ProxboxError):
    """The command line asks for something that cannot be done."""


class ConfigError(ProxboxError):
    """The configuration is missing, broken or contradicts itself."""


class DocumentError(ProxboxError):
    """A document file cannot be read or written, or is not what it should be."""


class ProxmoxError(ProxboxError):
    """Proxmox could not be reached, refused us, or gave nothing that can be trusted."""


class NetBoxError(ProxboxError):
    """NetBox could not be reached, refused us, or is not fit for this tool."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, body: object = None) -> None:
        """Keep the HTTP status and the decoded answer for callers that take a rejected batch apart."""
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body


class UncertainWriteError(NetBoxError):
    """A write was sent and no answer came: it may or may not have happened."""

    def __init__(self, message: str, *, status: int | None = None, delay: float | None = None) -> None:
        """Keep how many seconds the server asks to wait, if it does."""
        super().__init__(message, status=status)
        self.delay = delay


class RefusedError(ProxboxError):
    """A limit, a policy or incompleteness forbids going on."""

    exit_code: ClassVar[int] = 3


class StaleError(ProxboxError):
    """NetBox or the inputs changed since the plan was made."""

    exit_code: ClassVar[int] = 4


class PartialApplyError(ProxboxError):
    """Apply stopped part-way; the outcome file says where."""

    exit_code: ClassVar[int] = 5


class LockedError(ProxboxError):
    """Another apply holds the lock."""

    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, *, hint: str = "", at_work: bool = False) -> None:
        """Keep whether its holder is at work: then the lock will be free without anybody's help."""
        super().__init__(message, hint=hint)
        self.at_work = at_work
