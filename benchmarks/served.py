"""A NetBox in a process of its own: the embedded one, whose answers may take as long as a real one's.

What a real one takes was measured on NetBox 4.7.3 with two cores: so much per row that it lists, so much per object
that it writes. Two requests are at work at once, the rest waits for its turn.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from dataclasses import replace
from multiprocessing.connection import Connection
from types import MappingProxyType, TracebackType
from typing import Any, Final, NamedTuple, Self

from aiohttp import web

from proxbox_plan.demo.netbox import FakeNetBox
from proxbox_plan.demo.netbox.api import ApiAnswer
from proxbox_plan.demo.netbox.server import TOKEN, RequestRecord

CORES = 2  # requests that are at work at once
ROW, ROW_OF_STAMPS = 0.67e-3, 0.26e-3  # seconds per row of a list: with our fields, with `id` and `last_updated` alone
ANY = 0.025  # seconds of any other request, or of any other object that is written
WRITES: Final = MappingProxyType(
    {  # seconds per object in batches of 50 and more
        ("POST", "virtual-machines"): 0.046,
        ("POST", "interfaces"): 0.119,
        ("POST", "ip-addresses"): 0.037,
        ("POST", "virtual-disks"): 0.028,
        ("PATCH", "virtual-machines"): 0.050,
        ("PATCH", "interfaces"): 0.050,
        ("DELETE", "virtual-machines"): 0.330,
        ("DELETE", "virtual-disks"): 0.037,
    }
)


class Served(NamedTuple):
    """One request that was answered."""

    method: str
    path: str
    rows: int
    seconds: float  # what a real NetBox would be at work for it


class NetBoxProcess:
    """A context manager: the NetBox answers while the block runs."""

    token = TOKEN

    def __init__(self) -> None:
        """Prepare it, empty; its answers take no time but its own."""
        self.url = ""
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)

    def __enter__(self) -> Self:
        """Start it."""
        self._process.start()
        self.url = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()

    def take_time(self) -> None:
        """Let answers take as long as a real NetBox's from now on."""
        self._pipe.send("take time")
        self._pipe.recv()

    def served(self) -> list[Served]:
        """Return what was asked since the last time."""
        self._pipe.send("what was asked?")
        found: list[Served] = self._pipe.recv()
        return found


class _Slim(list[RequestRecord]):
    """A record of requests without their bodies: with them it would be as large as all that was ever written."""

    def append(self, record: RequestRecord) -> None:
        super().append(replace(record, body=None, headers={}))


class _Timed(FakeNetBox):
    """The embedded NetBox with the times of a real one."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = _Slim()
        self.served: list[Served] = []
        self.takes_time = False
        self._cores = asyncio.Semaphore(CORES)

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        if not self.takes_time:
            return await super()._handle(http)
        async with self._cores:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            response = await super()._handle(http)
            await asyncio.sleep(http["seconds"] - (loop.time() - begun))
            return response

    def _answer(self, http: web.Request, body: Any, request_id: str, *, readable: bool) -> ApiAnswer:
        answer = super()._answer(http, body, request_id, readable=readable)
        rows = _rows(http.method, body, answer.body)
        one = Served(http.method, http.path_qs if http.method == "GET" else http.path, rows, _seconds(http, rows))
        http["seconds"] = one.seconds
        self.served.append(one)
        return answer


def _rows(method: str, sent: Any, answered: Any) -> int:
    if method == "GET":
        return len(answered["results"]) if isinstance(answered, dict) and "results" in answered else 1
    return len(sent) if isinstance(sent, list) else 1


def _seconds(http: web.Request, rows: int) -> float:
    if http.method == "GET":
        few = http.query.get("fields") in ("id", "id,last_updated")
        return max(ANY, rows * (ROW_OF_STAMPS if few else ROW))
    return rows * WRITES.get((http.method, http.path.rstrip("/").rpartition("/")[2]), ANY)


def _serve(pipe: Connection) -> None:
    asyncio.run(_answer_all(pipe))


async def _answer_all(pipe: Connection) -> None:
    """Answer requests, and what the process that started this one asks on the pipe."""
    netbox = _Timed()
    pipe.send(await netbox.start())
    while True:
        word = await asyncio.to_thread(pipe.recv)
        if word == "take time":
            netbox.takes_time = True
            pipe.send(None)
        else:
            pipe.send(netbox.served)
            netbox.served = []
