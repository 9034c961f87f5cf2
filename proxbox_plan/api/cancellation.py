"""Cancellation: how another thread, or a signal handler, ends a call that is running."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from proxbox_plan.core.errors import ProxboxError


class CanceledError(ProxboxError):
    """The call was canceled before it wrote anything."""


class Cancellation:
    """May be handed to one or several calls; `cancel` ends them, once.

    A call that only reads, or has not written yet, raises CanceledError. An apply that is writing finishes the requests
    that are in flight, sends nothing more, and returns an outcome that says so.
    """

    def __init__(self) -> None:
        """Cancel nothing yet."""
        self._lock = RLock()  # a signal handler may run while this thread holds it
        self._reason = ""
        self._callbacks: list[Callable[[str], object]] = []

    @property
    def reason(self) -> str:
        """Why it was canceled; empty while it was not."""
        return self._reason

    def cancel(self, reason: str = "canceled") -> None:
        """End the calls; later ones end at once."""
        with self._lock:
            self._reason = self._reason or reason
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self._reason)

    def on_cancel(self, callback: Callable[[str], object]) -> None:
        """Call back with the reason, at once when it was canceled already; the newest callback alone counts."""
        with self._lock:
            if not self._reason:
                self._callbacks = [callback]
                return
        callback(self._reason)

    def check(self) -> None:
        """Raise CanceledError when it was canceled."""
        if self._reason:
            raise CanceledError(self._reason)
