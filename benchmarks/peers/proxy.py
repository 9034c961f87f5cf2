"""A proxy before NetBox that counts: every tool goes through it, so that all are counted alike."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from multiprocessing.connection import Connection

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

from benchmarks.peers.processes import answering, child

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# What belongs to one connection, not to the message.
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"})
AUTOMATIC = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


@dataclass
class Counts:
    """What went through since the last look."""

    methods: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    """Answers of 400 and above, by status."""
    netbox_seconds: float = 0.0
    """Time NetBox took to answer, all requests together."""

    @property
    def requests(self) -> int:
        """All of them."""
        return self.methods.total()

    @property
    def writes(self) -> int:
        """Those that may change something."""
        return sum(number for method, number in self.methods.items() if method not in READS)


class Proxy:
    """The running proxy, seen from outside its process."""

    def __init__(self, port: int, pipe: Connection) -> None:
        """Take where it listens, and how to ask it."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._pipe = pipe

    def take(self) -> Counts:
        """Return what was counted, and begin anew."""
        self._pipe.send("counts")
        counts: Counts = self._pipe.recv()
        return counts


@contextlib.contextmanager
def counting_proxy(netbox: str) -> Iterator[Proxy]:
    """Run a proxy before the NetBox at this address, in a process of its own."""
    with child(partial(_serve, netbox=netbox)) as pipe:
        yield Proxy(pipe.recv(), pipe)


def _serve(pipe: Connection, netbox: str) -> None:
    asyncio.run(_forward_all(pipe, netbox))


async def _forward_all(pipe: Connection, netbox: str) -> None:
    """Tell the parent the port, then forward until this process is ended.

    A connection to NetBox for each request, as a web server before it makes: none is bound to one of its workers.
    """
    connector = TCPConnector(limit=0, force_close=True)
    async with ClientSession(connector=connector, timeout=ClientTimeout(), auto_decompress=False) as session:
        counter = _Counter(netbox, session)
        runner = web.ServerRunner(web.Server(counter.forward), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        answering(pipe, lambda _question: counter.take())
        await asyncio.Event().wait()


class _Counter:
    def __init__(self, netbox: str, session: ClientSession) -> None:
        self._netbox = netbox
        self._session = session
        self._counts = Counts()

    def take(self) -> Counts:
        """Return what was counted, and begin anew."""
        counts, self._counts = self._counts, Counts()
        return counts

    async def forward(self, request: web.BaseRequest) -> web.StreamResponse:
        """Pass one request on, as it is, and its answer back."""
        self._counts.methods[request.method] += 1
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in HOP]
        body = await request.read()
        url = URL(self._netbox + request.raw_path, encoded=True)
        start = time.perf_counter()
        async with self._session.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False, skip_auto_headers=AUTOMATIC
        ) as answer:
            content = await answer.read()
        self._counts.netbox_seconds += time.perf_counter() - start
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self._counts.refused[answer.status] += 1
        back = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP]
        return web.Response(status=answer.status, reason=answer.reason, headers=CIMultiDict(back), body=content)
