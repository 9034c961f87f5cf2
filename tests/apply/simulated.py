"""A NetBox whose time is made up: the applier's own code, with requests that take what a model of a server says.

Nothing waits: the event loop's clock jumps to whatever comes next, so that an hour of a slow server takes a second, and
the same run takes the same time on every machine.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency, Group, InFlightRequest
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.apply.run import Run
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import Query
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.plan import KINDS, make_plan
from tests.plan.estate import empty, estate

REQUEST = 0.07  # seconds a request costs a real NetBox without its objects
# What is left of a real NetBox's throughput when more requests are on the way than it has processors: none, one, two
# more (4.7.3, 2 cores, machines in bulk of 50: 24, 27 and 37 ms each); then so much less for each further one.
CROWDED = (1.0, 1.125, 1.54)
FURTHER = 0.4


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps over every wait."""

    def __init__(self) -> None:
        """Begin at zero."""
        super().__init__()
        self._jumped = 0.0

    def time(self) -> float:
        """Tell the made-up time."""
        return self._jumped

    def _run_once(self) -> None:
        mine: Any = self  # asyncio's own fields
        timers = [] if mine._ready else [timer.when() for timer in mine._scheduled if not timer.cancelled()]
        if timers:
            self._jumped = max(self._jumped, min(timers))
        super()._run_once()  # type: ignore[misc]  # asyncio's own step


@dataclass
class Server:
    """A server that is at work on all requests at once, with so many processors.

    `each` is the seconds an object costs. With fewer processors than requests all of them get slower, and more so
    than that: they get into each other's way.
    """

    each: float
    cores: int
    request: float = REQUEST
    _left: dict[asyncio.Future[None], float] = field(default_factory=dict)
    _then: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    async def work(self, objects: int) -> None:
        """Take as long as a request of so many objects does."""
        self._go_on()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left[done] = self.request + objects * self.each
        self._plan()
        await done

    def _rate(self) -> float:
        """Return how much of each request is done in a second."""
        busy = len(self._left)
        more = max(0, busy - self.cores)
        crowded = CROWDED[more] if more < len(CROWDED) else CROWDED[-1] + FURTHER * (more - len(CROWDED) + 1)
        return min(1.0, self.cores / busy) / crowded if busy else 1.0

    def _go_on(self) -> None:
        now = asyncio.get_running_loop().time()
        done = (now - self._then) * self._rate()
        self._then = now
        self._left = {one: left - done for one, left in self._left.items()}

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._left:
            soonest = min(self._left.values()) / self._rate()
            self._timer = asyncio.get_running_loop().call_later(max(0.0, soonest), self._finish)

    def _finish(self) -> None:
        self._go_on()
        for one in [one for one, left in self._left.items() if left <= 1e-9]:
            del self._left[one]
            one.set_result(None)
        self._plan()


class SimulatedNetBox(NetBox):
    """NetBox's client with a server behind it that creates whatever it is sent, in the time of the model."""

    def __init__(self, server: Server, max_concurrent: int) -> None:
        """Be a NetBox 4.7 that was greeted already."""
        connection = NetBoxConnection(url="http://simulated", token=SecretStr("none"), max_concurrent=max_concurrent)
        super().__init__(connection, read_only=False)
        self.version, self.version_text = (4, 7), "4.7.3"
        self._server = server
        self._ids = 0

    async def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        payload: Any,
        headers: Mapping[str, str] | None,
        attempt: int,
    ) -> tuple[int, str, Mapping[str, str]]:
        del path, query, headers, attempt
        rows: Sequence[dict[str, Any]] = payload if isinstance(payload, list) else []
        await self._server.work(len(rows))
        return (201 if method == "POST" else 200), json.dumps([self._answer(row) for row in rows]), {}

    def _answer(self, row: dict[str, Any]) -> dict[str, Any]:
        self._ids += 1
        return {"id": self._ids, "last_updated": "2026-01-01T00:00:00Z", **row}


@dataclass
class Fixed(AdaptiveConcurrency):
    """Concurrency that is fixed."""

    def __post_init__(self) -> None:
        """Use all that is allowed."""
        super().__post_init__()
        self.slots = self.most_requests

    def size(self, group: Group) -> int:  # noqa: ARG002 # the same for all
        """Return the size of all requests."""
        return self.most_objects

    def end(self, request: InFlightRequest, *, worked: bool) -> None:
        """Learn what a group costs, and nothing else."""
        super().end(request, worked=worked)
        self.slots = self.most_requests


class NoGuard:
    """No other run applies."""

    async def confirm(self) -> None:
        """It is ours."""

    def check(self) -> None:
        """It is ours."""


def first_plan(guests: int) -> Plan:
    """Return the plan of a first synchronisation to an empty NetBox."""
    state = estate(guests)
    policy = Policy(clusters=(ClusterPolicy(name="lab", site="DC1"),), create_sites=True)
    return make_plan(state, empty(state, policy, "http://simulated"), policy, "sha256:none")


def seconds(
    plan: Plan, server: Server, most: int, concurrency: Callable[[Callable[[], float]], AdaptiveConcurrency]
) -> tuple[float, int]:
    """Apply a plan to a simulated server; return the made-up seconds it took, and the requests it sent."""
    loop = JumpingLoop()
    try:
        return loop.run_until_complete(_apply(plan, server, most, concurrency(loop.time)))
    finally:
        loop.close()


async def _apply(plan: Plan, server: Server, most: int, concurrency: AdaptiveConcurrency) -> tuple[float, int]:
    netbox = SimulatedNetBox(server, most)
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal", plan) as journal:
        run = Run(ApplyContext(netbox, KINDS, plan.changes, journal, concurrency, NoGuard()))
        await run.finish(run.send())
    assert not run.stopped, run.stopped
    assert all(result.result is Result.DONE for result in run.results.values())
    return asyncio.get_running_loop().time(), netbox.writes
