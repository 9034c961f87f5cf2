"""Progress: the one protocol by which a long stage reports how far it is, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

OnWait = Callable[[str], None]
"""Is told what a command waits for; an empty text says that the wait is over."""


def unheard(what: str) -> None:
    """Drop what is waited for, without a listener."""


class StepResult(Protocol):
    """What became of one change, as far as a listener needs it: `model.outcome.ChangeResult` is one."""

    @property
    def address(self) -> str:
        """The change, as the plan names it."""
        ...

    @property
    def kind(self) -> str:
        """The kind of its object."""
        ...

    @property
    def name(self) -> str:
        """The name of its object."""
        ...

    @property
    def action(self) -> str:
        """What was to be done."""
        ...

    @property
    def result(self) -> str:
        """What was done."""
        ...

    @property
    def netbox_id(self) -> int | None:
        """The id of its object, if it has one."""
        ...

    @property
    def message(self) -> str:
        """Why it was not done."""
        ...


class Progress(Protocol):
    """Is told how far collect, the reading of NetBox or apply is. Calls may come from several threads."""

    def started(self, total: int) -> None:
        """Note that `total` more steps are ahead; the totals of several calls add up."""
        ...

    def advanced(self, label: str) -> None:
        """Note that one step, named by `label`, is done."""
        ...

    def finished(self, result: StepResult) -> None:
        """Note that one step is done, and what became of its change."""
        ...

    def waiting(self, what: str) -> None:
        """Note what the stage waits for, as the end of "waiting for ..."; an empty text: the wait is over."""
        ...


class OneAtATime:
    """Passes the calls of several threads on one after the other; drops them when there is no listener."""

    def __init__(self, listener: Progress | None) -> None:
        """Take the listener."""
        self._listener = listener
        self._lock = Lock()

    def started(self, total: int) -> None:
        """Call the listener."""
        if self._listener is not None:
            with self._lock:
                self._listener.started(total)

    def advanced(self, label: str) -> None:
        """Call the listener."""
        if self._listener is not None:
            with self._lock:
                self._listener.advanced(label)

    def finished(self, result: StepResult) -> None:
        """Call the listener."""
        if self._listener is not None:
            with self._lock:
                self._listener.finished(result)

    def waiting(self, what: str) -> None:
        """Call the listener."""
        if self._listener is not None:
            with self._lock:
                self._listener.waiting(what)
