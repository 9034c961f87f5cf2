"""Logs each HTTP request with its result, as one line."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

LONGEST_TARGET = 300
"""Characters of path and query: a filter may hold fifty names."""
NOT_LOGGED = frozenset({"fields"})
"""Parameters that are not logged: long, and the same for every list of a kind."""


class Exchange:
    """One request; logs `GET /api/status/ 200 41 ms 345 bytes try 1` when it ends, at level debug.

    It never receives headers or bodies, so that no line can hold them.
    """

    def __init__(
        self, logger: logging.Logger, method: str, target: str, query: Mapping[str, object] | None, attempt: int
    ) -> None:
        """Start the clock; `attempt` counts from one."""
        self._logger = logger
        self._method = method
        self._target = target
        self._query = query
        self._attempt = attempt
        self._begun = time.perf_counter()

    def answered(self, status: int, body: str | bytes) -> None:
        """Log the status, the time and the size of an answer."""
        if self._logger.isEnabledFor(logging.DEBUG):
            size = len(body.encode(errors="replace") if isinstance(body, str) else body)
            self._log(f"{status} {self._milliseconds()} ms {size:,} bytes")

    def failed(self, reason: str) -> None:
        """Log why there was no answer."""
        if self._logger.isEnabledFor(logging.DEBUG):
            self._log(f"{reason} {self._milliseconds()} ms")

    def _log(self, ending: str) -> None:
        self._logger.debug("%s %s %s try %d", self._method, _cut(self._target, self._query), ending, self._attempt)

    def _milliseconds(self) -> int:
        return round((time.perf_counter() - self._begun) * 1000)


def _cut(target: str, query: Mapping[str, object] | None) -> str:
    """Return path and query, shortened."""
    text = f"{target}?{urlencode(_pairs(query), safe=',:/')}" if query else target
    return text if len(text) <= LONGEST_TARGET else f"{text[: LONGEST_TARGET - 1]}…"


def _pairs(query: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in query.items():
        if name in NOT_LOGGED:
            continue
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        found += [(name, str(one)) for one in values]
    return found
