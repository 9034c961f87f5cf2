"""The log of a command: off unless `--log-level`, `--log-file` or PROXBOX_LOG asks for it; to stderr, or a file."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from proxbox_plan import __version__
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.log import ROOT, LineFormatter, get_logger

LEVELS: Final = ("debug", "info", "warning", "error")
VARIABLE: Final = "PROXBOX_LOG"
DEFAULT_LEVEL: Final = "info"
SHOWN: Final = f"{ROOT}.shown"
"""The logger of what the user is told anyway: it goes into a file, but not to stderr a second time."""


class LogOutput:
    """Where the records of this run go. What cannot be written is dropped: a log never stops a command."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        """Log nothing yet; `warn` is called once when the log is lost."""
        self.level = ""
        self._warn = warn
        self._handler: logging.Handler | None = None
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
            self.close()
            handler.setFormatter(LineFormatter())
            self._handler = handler
            logging.getLogger(ROOT).addHandler(handler)
        logging.getLogger(ROOT).setLevel(self.level.upper())
        if file:
            shown.info("the log of proxbox %s begins, process %d", __version__, os.getpid())

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
    """Appends lines to a file of this user's own, which no other user may read."""

    def __init__(self, file: str, warn: Callable[[str], None]) -> None:
        super().__init__()
        self._file = file
        self._warn = warn
        self._descriptor = _open(file)

    def emit(self, record: logging.LogRecord) -> None:
        if self._descriptor < 0:
            return
        line = f"{self.format(record)}\n".encode(errors="backslashreplace")
        try:
            while line:  # at once if there is room: other runs append to the same file
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            self.close_file()
            self._warn(f"The log is no longer written to {self._file}: {error.strerror}")

    def close_file(self) -> None:
        """Close the file; later records are dropped."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def close(self) -> None:
        self.close_file()
        super().close()


def _open(file: str) -> int:
    """Open a log file to append to. UsageError when it is a link, no file, or another user's."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(file, flags, 0o600)
    except OSError as error:
        why = "it is a symbolic link" if os.path.islink(file) else error.strerror  # noqa: PTH114  # a name, not a path
        raise _refused(file, str(why)) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise _refused(
            file, "it belongs to another user" if stat.S_ISREG(found.st_mode) else "it is not a regular file"
        )
    with suppress(OSError):  # a file system without permissions
        os.fchmod(descriptor, 0o600)
    return descriptor


def _refused(file: str, why: str) -> UsageError:
    return UsageError(f"Cannot log to {file}: {why}", hint="Name a regular file of your own in a folder that exists.")


shown = get_logger(SHOWN)
