"""Logging: where our loggers come from, and what each of their records passes through.

As a library the package is silent: its loggers have no handler but a `NullHandler`, and a program that wants to hear
them adds one of its own to the logger `proxbox_plan`. Whatever handler that is, the records it gets hold no secret.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from proxbox_plan.core.escaping import sanitized, sanitized_lines
from proxbox_plan.core.redaction import KNOWN

ROOT: Final = "proxbox_plan"
LONGEST: Final = 2000
"""Characters of a message: an answer that is quoted may be of any length."""

logging.getLogger(ROOT).addHandler(logging.NullHandler())


class Sanitizer(logging.Filter):
    """Makes a record fit to be read: without secrets, as one printable line, with its traceback as text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; none is dropped."""
        message = KNOWN.hide(record.getMessage())
        record.msg = sanitized(message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…")
        record.args = None
        if record.exc_info:
            # A handler that formats the exception by itself would show what it quotes.
            record.exc_text = record.exc_text or _PLAIN.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = sanitized_lines(KNOWN.hide(record.exc_text))
        if record.stack_info:
            record.stack_info = sanitized_lines(KNOWN.hide(record.stack_info))
        return True


class LineFormatter(logging.Formatter):
    """Writes a record as `2026-01-31T23:59:59.123Z DEBUG clients.netbox: message`, and a traceback below it."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        """Take no format: there is one."""
        self.converter = time.gmtime
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, without secrets, whichever logger it comes from."""
        _SANITIZER.filter(record)
        text = super().format(record)
        return text.replace(f" {record.name}:", f" {record.name.removeprefix(f'{ROOT}.')}:", 1)


_PLAIN: Final = logging.Formatter()
_SANITIZER: Final = Sanitizer()


def get_logger(name: str) -> logging.Logger:
    """Return the logger of one of our packages (`proxbox_plan.clients.netbox`); its records are sanitized."""
    logger = logging.getLogger(name)
    logger.addFilter(_SANITIZER)
    return logger
