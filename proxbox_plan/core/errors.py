"""The errors that a caller may catch, and the exit code of each.

The tree, with the exit code each class ends the command with::

    ProxboxError                 1   anything below, so callers may catch one class
    ├── UsageError               1   the command line asks for something that cannot be done
    ├── ConfigError              1   proxbox.yaml is missing, broken or contradicts itself
    ├── DocumentError            1   a state, inventory, plan or outcome file cannot be read or written
    ├── ProxmoxError             1   Proxmox cannot be reached, rejects the request, or answers what cannot be trusted
    ├── NetBoxError              1   NetBox cannot be reached, rejects the request, or is too old
    │   └── UncertainWriteError  1   a write was sent and its answer was lost (the applier looks it up)
    ├── RefusedError             3   a limit, a policy or incompleteness forbids the command
    ├── StaleError               4   NetBox or the inputs changed since the plan was made
    ├── PartialApplyError        5   apply stopped early; the outcome file says where
    └── LockedError              6   another apply holds the lock

Each has a message (one sentence that names subject and value) and a hint (what to do next). A traceback that a user
sees is a bug.
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
    """Proxmox cannot be reached, rejects the request, or answers what cannot be trusted."""


class NetBoxError(ProxboxError):
    """NetBox cannot be reached, rejects the request, or is not supported."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, body: object = None) -> None:
        """Keep the HTTP status and the decoded answer for callers that bisect a rejected batch."""
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body


class UncertainWriteError(NetBoxError):
    """A write was sent and no answer came: it may or may not have happened."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, delay: float | None = None) -> None:
        """Keep how many seconds the server asks to wait, if it does."""
        super().__init__(message, hint=hint, status=status)
        self.delay = delay


class RefusedError(ProxboxError):
    """A limit, a policy or incompleteness forbids the command."""

    exit_code: ClassVar[int] = 3


class StaleError(ProxboxError):
    """NetBox or the inputs changed since the plan was made."""

    exit_code: ClassVar[int] = 4


class PartialApplyError(ProxboxError):
    """Apply stopped early; the outcome file says where."""

    exit_code: ClassVar[int] = 5


class LockedError(ProxboxError):
    """Another apply holds the lock."""

    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, *, hint: str = "", at_work: bool = False) -> None:
        """Keep whether its holder is at work: then the lock is released without intervention."""
        super().__init__(message, hint=hint)
        self.at_work = at_work
