"""Faults between a client and Proxmox, switched on per path."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from proxbox_plan.demo.cluster.answers import Answer, ok, refused

NOTHING: Any = object()
LOGIN_PAGE = "<!DOCTYPE html><html><title>Proxmox Virtual Environment</title></html>"


@dataclass
class ClusterFault:
    """One fault: every field that is set applies to the requests whose path matches `pattern` (`*` matches all)."""

    pattern: str
    status: int | None = None
    reason: str = ""
    body: str | None = None
    """Text sent as it is with 200 (or `status`), e.g. `LOGIN_PAGE`."""
    data: Any = NOTHING
    """Data that replaces the real data."""
    location: str | None = None
    """Redirect there (302)."""
    hang: float = 0.0
    """Seconds before the answer."""
    drop: bool = False
    """Close the connection without an answer."""
    truncate: bool = False
    """Send only the first half of the body."""
    times: int | None = None
    """Only this many requests; None for all."""

    def answer(self, real: Answer) -> Answer:
        """Return the response that replaces the real one."""
        if self.body is not None:
            return Answer(self.status or 200, self.reason or "OK", self.body)
        if self.data is not NOTHING:
            return ok(self.data)
        if self.status is None:
            return real
        nothing_more = self.status >= 595  # noqa: PLR2004  # AnyEvent's own statuses have an empty body
        return Answer(self.status, self.reason, "") if nothing_more else refused(self.status, self.reason)


class Faults:
    """The faults that are switched on; the first match applies."""

    def __init__(self) -> None:
        """Start without any."""
        self._faults: list[ClusterFault] = []
        self._lock = Lock()

    def add(self, pattern: str, **fields: Any) -> ClusterFault:
        """Switch a fault on for the paths that match `pattern`."""
        fault = ClusterFault(pattern, **fields)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._faults.clear()

    def take(self, path: str) -> ClusterFault | None:
        """Return the fault for this request, counting it."""
        with self._lock:
            for fault in self._faults:
                if fault.times != 0 and fnmatchcase(path, fault.pattern):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None
