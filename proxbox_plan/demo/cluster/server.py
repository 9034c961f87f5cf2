"""Fake Proxmox VE: an HTTPS server that answers from a description or a recording."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Protocol, Self
from weakref import WeakSet

from aiohttp import web
from pydantic import SecretStr

from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.demo.cluster.answers import Answer, DescriptionAnswers, ok, refused
from proxbox_plan.demo.cluster.certificate import HOST, make_certificate
from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.faults import Faults
from proxbox_plan.model.connection import ProxmoxConnection

ROOT = "/api2/json"
USER = "proxbox@pve"
TOKEN_NAME = "demo"  # noqa: S105  # the part of a token's id that is public
START_SECONDS = 30.0
FAREWELL_SECONDS = 0.02


class AnswerSource(Protocol):
    """Source of the responses."""

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET."""
        ...


@dataclass(frozen=True)
class LoggedRequest:
    """One received request, with the path relative to `/api2/json`."""

    method: str
    path: str
    query: str


class ClusterServer:
    """Serves one cluster on a free port of the loopback address, in a thread of its own; a context manager."""

    def __init__(self, source: ClusterDescription | AnswerSource, *, latency: float = 0.0) -> None:
        """Serve this source; a description may be changed while it is served."""
        self._source = DescriptionAnswers(source) if isinstance(source, ClusterDescription) else source
        self.latency = latency
        self.host = HOST
        self.port = 0
        self.user = USER
        self.password = secrets.token_hex(8)
        self.token_name = TOKEN_NAME
        self.token_id = f"{USER}!{TOKEN_NAME}"
        self.token_secret = secrets.token_hex(16)
        self._former: set[str] = set()  # token secrets that were given out before
        self.two_factor = False
        self.faults = Faults()
        self.requests: list[LoggedRequest] = []
        self._tickets: set[str] = set()
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._folder = tempfile.TemporaryDirectory(prefix="proxbox-demo-")
        certificate = make_certificate(Path(self._folder.name))
        self.ca_file = certificate.ca_file
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate.ca_file, certificate.key_file)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="proxbox-demo-cluster", daemon=True)
        self._started = Event()
        self._stopping: asyncio.Event | None = None
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        if not self._started.wait(START_SECONDS) or self._failure is not None:
            raise ProxboxError(f"The demo cluster did not start: {self._failure or 'no answer'}") from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and remove the certificate."""
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._folder.cleanup()

    def connection(self, name: str = "demo", *, ticket: bool = False, **changes: Any) -> ProxmoxConnection:
        """Return how to reach this server: by API token, or with `ticket=True` by password."""
        base = ProxmoxConnection(cluster=name, host=self.host, port=self.port, user=self.user, ca_file=self.ca_file)
        secret = (
            {"password": SecretStr(self.password)}
            if ticket
            else {"token_name": self.token_name, "token_secret": SecretStr(self.token_secret)}
        )
        return base.model_copy(update={**secret, **changes})

    def forget(self) -> None:
        """Forget every fault and request, and give out another token: a request that comes late does not count."""
        self._former.add(self.token_secret)
        self.token_secret = secrets.token_hex(16)
        self.faults.clear()
        self.requests.clear()

    def expire_tickets(self) -> None:
        """Expire every ticket issued so far."""
        self._tickets.clear()

    def asked(self, path: str) -> int:
        """Return how often a path was requested."""
        return sum(1 for request in self.requests if request.path == path)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # noqa: BLE001  # reported to the thread that waits for the start
            self._failure = error
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        server = web.Server(_quiet(self._handle))
        runner = web.ServerRunner(server, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.host, 0, ssl_context=self._context)
            await site.start()
            self.port = runner.addresses[0][1]
            self._started.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()
            # A polite TLS farewell would outlive the loop.
            for transport in list(self._transports):
                transport.abort()
            hanging = asyncio.all_tasks() - {asyncio.current_task()}
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, asyncio.sleep(FAREWELL_SECONDS), return_exceptions=True)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix(ROOT)
        if request.transport is not None:
            self._transports.add(request.transport)
        if request.headers.get("Authorization", "").rpartition("=")[2] in self._former:
            return web.Response(status=401, reason="invalid token value!")
        self.requests.append(LoggedRequest(request.method, path, request.query_string))
        fault = self.faults.take(path)
        delay = self.latency + (fault.hang if fault else 0.0)
        if delay:
            await asyncio.sleep(delay)
        if fault and fault.drop and request.transport is not None:
            request.transport.abort()
        if fault and fault.location is not None:
            return web.Response(status=302, headers={"Location": fault.location})
        answer = await self._answer(request, path)
        if fault is not None:
            answer = fault.answer(answer)
        payload = answer.payload()
        if fault and fault.truncate:
            payload = payload[: len(payload) // 2]
        kind = "text/html" if isinstance(answer.body, str) else "application/json;charset=UTF-8"
        headers = {"Content-Type": kind, "Server": "pve-api-daemon/3.0"}
        return web.Response(status=answer.status, reason=answer.reason, body=payload, headers=headers)

    async def _answer(self, request: web.BaseRequest, path: str) -> Answer:
        if not request.path.startswith(ROOT):
            return Answer(200, "OK", "<html>Proxmox Virtual Environment</html>")
        if (request.method, path) == ("POST", "/access/ticket"):
            return await self._log_in(request)
        problem = self._unauthorised(request)
        if problem is not None:
            return Answer(401, problem, {"data": None})
        if request.method != "GET":
            return refused(501, f"Method '{request.method} {path}' not implemented")
        return self._source.answer(path, dict(request.query))

    async def _log_in(self, request: web.BaseRequest) -> Answer:
        form = await request.post()
        if (form.get("username"), form.get("password")) != (self.user, self.password):
            return Answer(401, "authentication failure", {"data": None})
        ticket = f"PVE:{self.user}:{secrets.token_hex(16)}"
        self._tickets.add(ticket)
        data = {"username": self.user, "ticket": ticket, "CSRFPreventionToken": secrets.token_hex(8), "cap": {}}
        return ok({**data, "NeedTFA": 1} if self.two_factor else data)

    def _unauthorised(self, request: web.BaseRequest) -> str | None:
        header = request.headers.get("Authorization")
        if header is not None:
            known = secrets.compare_digest(header, f"PVEAPIToken={self.token_id}={self.token_secret}")
            return None if known else "invalid token value!"
        ticket = request.cookies.get("PVEAuthCookie")
        if ticket is None:
            return "No ticket"
        return None if ticket in self._tickets else "permission denied - invalid PVE ticket"


def _quiet(
    handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Turn an error of the server itself into a 500 that reports it."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handle(request)
        except Exception as error:  # noqa: BLE001  # the client must see any error
            return web.Response(status=500, reason=f"replayer fault: {type(error).__name__}")

    return handler
