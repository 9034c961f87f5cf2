"""Stop: whether an apply sends anything more, and the reason when it does not."""

from __future__ import annotations

import asyncio
from typing import Final

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.redaction import KNOWN

logger = get_logger("proxbox_plan.apply")

INTERRUPTIONS: Final = (Exception, asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""Whatever may be raised once writing began. It stops the run; the outcome is never lost to it."""
_LONGEST: Final = 300  # characters of an unexpected error's own text


class Stop:
    """A stop of one apply: requests in flight are awaited, nothing else is sent, nothing is retried."""

    def __init__(self, netbox: NetBox) -> None:
        """Begin without a reason."""
        self.reason = ""
        self._netbox = netbox

    @property
    def requested(self) -> bool:
        """Whether there is a reason to send nothing more."""
        return bool(self.reason)

    def request(self, reason: str) -> None:
        """Stop for a reason; the first one counts."""
        self.reason = self.reason or reason
        self._netbox.shutdown()

    def request_for(self, error: BaseException) -> None:
        """Stop because of an error; the traceback of an unexpected one is logged."""
        self.request(_reason_of(error))
        if isinstance(error, Exception) and not isinstance(error, ProxboxError):
            logger.error("apply stops: %s", self.reason, exc_info=error)


def _reason_of(error: BaseException) -> str:
    """Return what an outcome says of an error that stopped the run."""
    if isinstance(error, ProxboxError):
        return error.message
    if not isinstance(error, Exception):
        return "canceled" if isinstance(error, asyncio.CancelledError) else "interrupted"
    text = sanitized(KNOWN.hide(f"{type(error).__name__}: {error}".removesuffix(": ")))[:_LONGEST]
    return f"this is a bug in proxbox-plan, please report it: {text}"
