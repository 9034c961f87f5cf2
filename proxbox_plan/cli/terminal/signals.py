"""Signals: SIGINT and SIGTERM cancel a call, so that it ends cleanly."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from proxbox_plan.api import Cancellation

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def canceled_by_signals() -> Iterator[Cancellation]:
    """Give a cancellation that these signals cancel while the block runs."""
    cancellation = Cancellation()

    def cancel(number: int, frame: FrameType | None) -> None:
        del frame
        cancellation.cancel(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, cancel) for number in _SIGNALS}
    try:
        yield cancellation
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
