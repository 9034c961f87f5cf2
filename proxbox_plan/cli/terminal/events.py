"""`--events`: writes the events of a command as lines of JSON, while it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from typing import IO, Any

from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.core.progress import StepResult
from proxbox_plan.core.redaction import KNOWN
from proxbox_plan.model.event import Event, EventType, Stage
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change


class Events:
    """Writes events to a file or a pipe; an event that cannot be written is dropped."""

    def __init__(self, stream: IO[str], lost: Callable[[str], None]) -> None:
        """`lost` is called once, when the reader is gone or the disk is full."""
        self._stream: IO[str] | None = stream
        self._lost = lost
        self._lock = Lock()

    def emit(self, event: EventType, stage: Stage | None = None, **fields: Any) -> None:
        """Write one event, with the time it is now."""
        moment = moment_text(datetime.now(UTC))
        line = KNOWN.hide_in_data(Event(event=event, at=moment, stage=stage, **fields).line())
        trouble = self._write(line)
        if trouble:  # said without the lock: a warning is an event, too
            self._lost(f"Events are no longer written: {trouble}")

    def _write(self, line: str) -> str:
        """Write a line and return what went wrong for the first time."""
        with self._lock:
            if self._stream is None:
                return ""
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError) as error:
                lost, self._stream = self._stream, None
                if lost is not sys.stdout:
                    with suppress(OSError):
                        lost.close()
                return str(getattr(error, "strerror", None) or error)
        return ""

    def close(self) -> None:
        """Close the file; later events are dropped."""
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is not None and stream is not sys.stdout:
                with suppress(OSError):
                    stream.close()

    def planned(self, change: Change) -> None:
        """Write one change of a plan."""
        self.emit(
            EventType.PLANNED,
            Stage.PLAN,
            address=change.address,
            kind=change.kind,
            name=change.name,
            cluster=change.cluster,
            action=change.action,
            reason=change.reason,
        )


class StageEvents:
    """One stage's part of the events: counts what is done."""

    def __init__(self, events: Events, stage: Stage) -> None:
        """Start with nothing to do."""
        self._events = events
        self._stage = stage
        self._total = self._done = 0

    def started(self, total: int) -> None:
        """Add `total` steps, and write an event."""
        self._total += total
        self._events.emit(EventType.STARTED, self._stage, total=self._total, done=self._done)

    def advanced(self, label: str) -> None:
        """Write an event for the finished step `label`."""
        self._done += 1
        self._events.emit(EventType.PROGRESS, self._stage, total=self._total, done=self._done, label=label)

    def finished(self, result: StepResult) -> None:
        """Write an event for the result of one change."""
        self._done += 1
        event = EventType.DONE if result.result == Result.DONE else EventType.FAILED
        self._events.emit(
            event,
            self._stage,
            total=self._total,
            done=self._done,
            address=result.address,
            kind=result.kind,
            name=result.name,
            action=result.action,
            result=result.result,
            netbox_id=result.netbox_id,
            message=result.message or None,
        )

    def waiting(self, what: str) -> None:
        """Write an event for what the stage waits for."""
        if what:
            self._events.emit(EventType.WAITING, self._stage, message=what)


def open_events(place: str, lost: Callable[[str], None]) -> Events:
    """Open a file for events (for its owner's eyes, as they name what changes), or stdout for `-`."""
    if place == "-":
        return Events(sys.stdout, lost)
    try:
        descriptor = files.open_stream(place)
    except OSError as error:
        hint = files.hint_of(error, "Give --events a file in a folder that exists, or - for stdout.")
        raise DocumentError(f"Cannot write the events to {place}: {error.strerror}", hint=hint) from None
    return Events(os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace"), lost)
