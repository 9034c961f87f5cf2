"""Wait notes: what a stage waits for, as lines on stderr where there is no progress bar."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from proxbox_plan.core.progress import StepResult

INTERVAL = 10.0
"""Seconds between two notes of one stage: many requests wait together, and each of them reports it."""


class WaitNotes:
    """Listens to a stage for its waits only."""

    def __init__(self, note: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Take what writes a line; `clock` is for tests."""
        self._note = note
        self._clock = clock
        self._noted: float | None = None
        self._lock = Lock()

    def started(self, total: int) -> None:
        """Write nothing."""

    def advanced(self, label: str) -> None:
        """Write nothing."""

    def finished(self, result: StepResult) -> None:
        """Write nothing."""

    def waiting(self, what: str) -> None:
        """Write one line, unless there was one just now."""
        with self._lock:
            now = self._clock()
            if not what or (self._noted is not None and now - self._noted < INTERVAL):
                return
            self._noted = now
        self._note(f"Waiting for {what}.")
