"""State source: reads the state of a call from files or from Proxmox, while NetBox is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, Self, TypeVar

from proxbox_plan.api.cancellation import Cancellation

if TYPE_CHECKING:
    from proxbox_plan.core.progress import Progress, StepResult
    from proxbox_plan.model.state import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StateSource:
    """The state of some clusters, which is read while NetBox is asked what does not depend on it."""

    read: Callable[[Event], State]
    """Returns the state; ends early when the event is set, because it is no longer needed."""

    clusters: tuple[str, ...] | None = None
    """Names of its clusters, where they are known before it is there: so much more can be asked meanwhile."""

    @classmethod
    def of(cls, state: State) -> Self:
        """Return the source of a state that is there already."""
        return cls(lambda _unwanted: state, _names(state))

    async def names(self, coming: Awaitable[State]) -> tuple[str, ...]:
        """Return the names of the clusters: at once, or else with the state that is `coming`."""
        return _names(await coming) if self.clusters is None else self.clusters

    def state(self) -> State:
        """Read the state and wait for it."""
        return self.read(Event())

    async def beside(self, work: Callable[[Awaitable[State]], Coroutine[Any, Any, T]]) -> T:
        """Read the state in a thread of its own while `work` runs, which awaits it; the first error ends both."""
        unwanted = Event()

        async def reading() -> State:
            await asyncio.sleep(0)  # what `work` asks NetBox first is on its way before the thread wants the processor
            return await asyncio.to_thread(self.read, unwanted)

        try:
            async with asyncio.TaskGroup() as group:
                state = group.create_task(reading())
                done = group.create_task(work(state))
            return done.result()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            unwanted.set()


def _names(state: State) -> tuple[str, ...]:
    return tuple(cluster.name for cluster in state.clusters)


@dataclass(frozen=True, slots=True)
class UntilUnwanted:
    """Passes on how far a collection is, and ends it at its next step when it is no longer needed."""

    listener: Progress
    unwanted: Event
    cancellation: Cancellation | None = None

    def started(self, total: int) -> None:
        """Call the listener."""
        self._check()
        self.listener.started(total)

    def advanced(self, label: str) -> None:
        """Call the listener."""
        self._check()
        self.listener.advanced(label)

    def finished(self, result: StepResult) -> None:
        """Call the listener."""
        self._check()
        self.listener.finished(result)

    def waiting(self, what: str) -> None:
        """Call the listener until the state is no longer needed; a wait does not end the collection."""
        if not self.unwanted.is_set():
            self.listener.waiting(what)

    def _check(self) -> None:
        if self.cancellation is not None:
            self.cancellation.check()
        if self.unwanted.is_set():
            raise CancelledError
