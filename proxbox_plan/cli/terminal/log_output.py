"""The log of a command: off unless `--log-level`, `--log-file` or PROXBOX_LOG asks for it; to stderr, or a file."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from proxbox_plan import __version__
from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.log import ROOT, LineFormatter, get_logger

LEVELS: Final = ("debug", "info", "warning", "error")
VARIABLE: Final = "PROXBOX_LOG"
DEFAULT_LEVEL: Final = "info"
_MOMENT: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:")
SHOWN: Final = f"{ROOT}.shown"
"""The logger of what the user is told anyway: it goes into a file, but not to stderr a second time."""


class LogOutput:
    """Where the records of this run go. What cannot be written is dropped: a log never stops a command."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        """Log nothing yet; `warn` is called once when the log is lost."""
        self.level = ""
        self._warn = warn
        self._handler: _StderrHandler | _FileHandler | None = None
        self._level_before = logging.getLogger(ROOT).level

    def from_environment(self, text: str) -> None:
        """Begin to log as `level` or `level:FILE` says; what is wrong with that is a warning."""
        level, _, file = text.strip().partition(":")
        if not level and not file:
            return
        if level.lower() not in LEVELS:
            self._warn(f"{VARIABLE} is ignored: it is LEVEL or LEVEL:FILE, with a level of {', '.join(LEVELS)}")
            return
        try:
            self.begin(level=level.lower(), file=file)
        except UsageError as error:
            self._warn(f"{VARIABLE} is ignored: {error.message}")

    def begin(self, *, level: str = "", file: str = "") -> None:
        """Log from this level on, into this file; one that is not given stays. UsageError when it cannot be opened."""
        handler = _FileHandler(file, self._warn) if file else self._handler or _StderrHandler()
        self.level = level or self.level or DEFAULT_LEVEL
        if handler is not self._handler:
            self.drop()
            handler.setFormatter(LineFormatter())
            self._handler = handler
            logging.getLogger(ROOT).addHandler(handler)
        logging.getLogger(ROOT).setLevel(self.level.upper())
        if file:
            shown.info("the log of proxbox %s begins, process %d", __version__, os.getpid())

    @property
    def file(self) -> str:
        """The file that is logged to; empty for none."""
        return self._handler.file if isinstance(self._handler, _FileHandler) else ""

    def release(self) -> None:
        """Write to the file from now on, with what was buffered: it is no other file of the command."""
        if isinstance(self._handler, _FileHandler):
            self._handler.write_buffered()

    def drop(self) -> None:
        """Log nothing more, and write nothing of what was buffered."""
        if isinstance(self._handler, _FileHandler):
            self._handler.close_file()
        self.close()

    def close(self) -> None:
        """Log nothing more, and leave the loggers as they were."""
        if self._handler is None:
            return
        logger = logging.getLogger(ROOT)
        logger.removeHandler(self._handler)
        logger.setLevel(self._level_before)
        self._handler.close()
        self._handler = None


class _StderrHandler(logging.Handler):
    """Writes lines to stderr. Above a progress bar, if there is one: while it is drawn, it stands in for stderr."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(lambda record: record.name != SHOWN)

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # the reader of stderr is gone
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()


class _FileHandler(logging.Handler):
    """Appends lines to a file of this user's own, which no other user may read.

    Lines are buffered until it is known which files the command reads and writes. When that does not become known,
    because the command line is wrong, they are written to a new file or to a log only.
    """

    def __init__(self, file: str, warn: Callable[[str], None]) -> None:
        super().__init__()
        self.file = file
        self._warn = warn
        self._descriptor = _open(file)
        self._buffered: list[bytes] | None = []

    def emit(self, record: logging.LogRecord) -> None:
        if self._descriptor < 0:
            return
        line = f"{self.format(record)}\n".encode(errors="backslashreplace")
        if self._buffered is None:
            self._write(line)
        else:
            self._buffered.append(line)

    def write_buffered(self) -> None:
        """Write what was buffered, and from now on every line at once."""
        if self._buffered is not None and self._descriptor >= 0:
            files.make_private(self._descriptor)
        lines, self._buffered = self._buffered, None
        for line in lines or ():
            self._write(line)

    def _write(self, line: bytes) -> None:
        try:
            while line:  # at once if there is room: other runs append to the same file
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            self.close_file()
            self._warn(f"The log is no longer written to {self.file}: {error.strerror}")

    def close_file(self) -> None:
        """Close the file; later records are dropped."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def close(self) -> None:
        if self._buffered and self._descriptor >= 0 and _is_log(self._descriptor):
            self.write_buffered()
        self.close_file()
        super().close()


def _is_log(descriptor: int) -> bool:
    """Whether a file is empty, or begins as a log does: with a moment."""
    with suppress(OSError):
        start = os.pread(descriptor, 20, 0)
        return not start or _MOMENT.match(start) is not None
    return False


def _open(file: str) -> int:
    """Open a log file to append to. UsageError when it is a link, no file, or another user's."""
    try:
        descriptor = files.open_own(file, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    except OSError as error:
        raise _refused(file, str(error.strerror)) from None
    if os.fstat(descriptor).st_uid != os.geteuid():
        os.close(descriptor)
        raise _refused(file, "it belongs to another user")
    return descriptor


def _refused(file: str, why: str) -> UsageError:
    return UsageError(f"Cannot log to {file}: {why}", hint="Name a regular file of your own in a folder that exists.")


shown = get_logger(SHOWN)
