"""A client of NetBox in a test, and servers that answer it: the fake with faults, or one made by hand."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.progress import OnWait
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.connection import NetBoxConnection

SITES = "/api/dcim/sites/"
SITE = [{"name": "a", "slug": "a"}]
SECRET = "nbt_plantedKey.plantedSecretPlantedSecret0000"
Work = Callable[[NetBox], Awaitable[Any]]


class Time:
    """A clock, and a `sleep` that only moves it."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = 0.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        """Tell the time."""
        return self.now


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward: what waits in it for so long has then waited."""

    _ahead = 0.0

    def time(self) -> float:
        """Tell the time."""
        return super().time() + self._ahead

    def pass_(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += seconds
        self.call_soon_threadsafe(lambda: None)  # it looks at its clock

    def never(self, seconds: float = 3600.0) -> Callable[[], bool]:
        """Return what holds a request for ever, while so much time passes for whoever waits for its answer."""
        began: list[float] = []

        def held() -> bool:
            if not began:
                began.append(seconds)
                self.pass_(seconds)
            return True

        return held


def connection(url: str, token: str, **fields: Any) -> NetBoxConnection:
    """Return a connection with the default settings."""
    return NetBoxConnection(url=url, token=SecretStr(token), **fields)


def use(
    settings: NetBoxConnection,
    work: Work,
    time: Time | None = None,
    *,
    read_only: bool = False,
    on_wait: OnWait = lambda _: None,
    loop: Loop | None = None,
) -> Any:
    """Open a client and do something with it."""
    passing = time or Time()
    seams: dict[str, Any] = {"sleep": passing.sleep, "clock": passing.clock, "on_wait": on_wait}

    async def inside() -> Any:
        async with NetBox(settings, read_only=read_only, **seams) as netbox:
            return await work(netbox)

    with asyncio.Runner(loop_factory=(lambda: loop) if loop else None) as runner:
        return runner.run(inside())


def first(count: int, fault: Fault, path: str = SITES) -> Callable[[RequestRecord], Fault | None]:
    """Let the first requests for a path go wrong."""
    seen: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.path == path:
            seen.append(record.index)
            return fault if len(seen) <= count else None
        return None

    return faults


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve HTTP by hand: each request is answered by the function."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def raw(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Callable[[Any], None]:
    """Answer exactly these bytes."""

    def answer(request: Any) -> None:
        request.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def free_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
