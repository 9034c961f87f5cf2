"""Reads with their coverage, and a circuit breaker for nodes that stop answering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.clients.proxmox.client import ProxmoxClient, ProxmoxReadError
from proxbox_plan.model.state import Coverage, Incomplete

GIVE_UP_AFTER = 8
Ask = Callable[[], Any]
"""Returns the data of one read, which may have been requested before, or raises ProxmoxReadError."""
SILENCE = frozenset({Incomplete.TIMEOUT, Incomplete.UNREACHABLE})


def incomplete(reason: Incomplete, detail: str) -> Coverage:
    """Return the coverage of something incomplete."""
    return Coverage(complete=False, reason=reason, detail=one_line(detail))


def incomplete_because(error: ProxmoxReadError) -> Coverage:
    """Return the coverage of a failed read."""
    return incomplete(error.reason, error.message)


def wrong_shape(path: str, problem: str) -> Coverage:
    """Return the coverage of a response that is not valid."""
    return incomplete(Incomplete.BAD_ANSWER, f"GET {path}: {problem}")


class Reader:
    """Reads through a client; after several requests in a row without an answer a node is not read anymore.

    Without this, a node that dies during the run would cost one timeout for each of its guests.
    """

    def __init__(self, client: ProxmoxClient) -> None:
        """Take the client to read with."""
        self._client = client
        self._lock = Lock()
        self._silent: Counter[str] = Counter()

    def get(self, path: str, **params: str | int) -> Any:
        """Return the data of one GET, or raise ProxmoxReadError."""
        node = path.split("/")[2] if path.startswith("/nodes/") else ""
        with self._lock:
            given_up = node and self._silent[node] >= GIVE_UP_AFTER
        if given_up:
            reason = f"not asked: {GIVE_UP_AFTER} calls to this node in a row got no answer"
            raise ProxmoxReadError(path, Incomplete.UNREACHABLE, reason)
        try:
            data = self._client.get(path, **params)
        except ProxmoxReadError as error:
            with self._lock:
                self._silent[node] = self._silent[node] + 1 if error.reason in SILENCE else 0
            raise
        with self._lock:
            self._silent[node] = 0
        return data
