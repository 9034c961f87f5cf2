"""How far a collection has come, for whoever wants to show it."""

from __future__ import annotations

from threading import Lock
from typing import Protocol


class Progress(Protocol):
    """Hears of the work: `started` once per cluster (the totals add up), `advanced` once per finished piece.

    Calls come from several threads, but never two at a time.
    """

    def started(self, total: int) -> None:
        """Hear that `total` more pieces of work are ahead."""
        ...

    def advanced(self, label: str) -> None:
        """Hear that one piece, named by `label`, is done."""
        ...


class OneAtATime:
    """Passes calls of several threads on one after the other; to nobody when there is no listener."""

    def __init__(self, listener: Progress | None) -> None:
        """Take the listener."""
        self._listener = listener
        self._lock = Lock()

    def started(self, total: int) -> None:
        """Pass it on."""
        if self._listener is not None:
            with self._lock:
                self._listener.started(total)

    def advanced(self, label: str) -> None:
        """Pass it on."""
        if self._listener is not None:
            with self._lock:
                self._listener.advanced(label)
