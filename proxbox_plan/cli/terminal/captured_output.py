"""Captured library output: log records, warnings and thread failures reach stderr only with --debug.

They come from outside our code and may quote any data, so they are redacted and sanitized like every other text.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback

from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.log import ROOT


class _Handler(logging.Handler):
    """Writes records to the run's stderr when it runs with --debug."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.WARNING)
        self.addFilter(lambda record: not record.name.startswith(f"{ROOT}."))  # our own records go to the log
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        if self._output.debug:
            self._output.trace(f"{record.name}: {self.format(record)}\n")


def captured_output(output: Output) -> None:
    """Route everything that Python or a library would write to stderr by itself; for a process of our own only."""
    logging.getLogger().addHandler(_Handler(output))
    logging.captureWarnings(capture=True)

    def thread_died(died: threading.ExceptHookArgs) -> None:
        _show(output, died.exc_value)

    def unraisable(lost: sys.UnraisableHookArgs) -> None:
        _show(output, lost.exc_value)

    threading.excepthook = thread_died
    sys.unraisablehook = unraisable


def _show(output: Output, error: BaseException | None) -> None:
    if output.debug and error is not None:
        output.trace("".join(traceback.format_exception(error)))
