"""The fake NetBox as an HTTP server, with a record of every request and faults on demand."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import uuid4

from aiohttp import web

from proxbox_plan.demo.netbox.api import Api, ApiAnswer, Request
from proxbox_plan.demo.netbox.page import page
from proxbox_plan.demo.netbox.store import Store, StoredRow, StoreSnapshot
from proxbox_plan.demo.netbox.versions import NEWEST_RELEASE, V2_TOKENS, version_of

TOKEN = "nbt_demoDemoDemo.thisTokenIsPublicAndOpensOnlyTheDemo0000"  # noqa: S105
V1_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 # opens only the demo, as well
BIGGEST_BODY = 64 * 2**20
BIGGEST_HEADER = 8190
LOOK_SECONDS = 0.001  # between two checks whether a request is still held


@dataclass(frozen=True)
class RequestRecord:
    """One request as it was received; the status is None when it got no whole answer."""

    index: int
    method: str
    path: str
    query: str
    rows: int
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        delay: Seconds to wait before anything else.
        status: Answer this instead of handling the request, with ``headers`` and ``body``.
        drop: Close the connection ``before`` the request is handled, ``while`` it is, ``after`` it was handled but not
            answered, or in the middle of the answer (``truncate``).
        held: The request is not handled as long as this is true.
        late: It is handled, but not answered as long as this is true.
    """

    delay: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    drop: Literal["", "before", "while", "after", "truncate"] = ""
    held: Callable[[], bool] | None = None
    late: Callable[[], bool] | None = None


FaultHook = Callable[[RequestRecord], Fault | None]
GraphQL = Callable[[Store, Callable[[str], bool], str], Any]


class FakeNetBox:
    """A NetBox of a given version that lives in memory."""

    def __init__(  # noqa: PLR0913
        self,
        version: str = NEWEST_RELEASE,
        *,
        plugins: Mapping[str, str] | None = None,
        token: str = "",
        read_only_token: str = "",
        permissions: Mapping[str, Collection[str]] | None = None,
        latency: float = 0.0,
        row_latency: float = 0.0,
        faults: FaultHook | None = None,
        graphql: GraphQL | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare an empty NetBox.

        Args:
            version: The version it claims and behaves like.
            plugins: The plugins it has, version by name; it knows how to be one with ``netbox_proxbox`` 0.0.29.post6.
            token: The accepted token: ``nbt_<key>.<secret>`` is a v2 token, anything else a v1 token. By default a v2
                token where this version knows it.
            read_only_token: A second token that may only read.
            permissions: What may be done (view, add, change, delete) by object type; None: everything.
            latency: Seconds every request takes.
            row_latency: Seconds every row of a request's body takes besides.
            faults: Asked for every request whether something goes wrong with it.
            graphql: Answers a question in GraphQL, of the objects whose type may be seen; None: it is switched off.
            ssl_context: Serve HTTPS with it.
        """
        self.store = Store(plugins)
        self.release = version
        self.token = token or (TOKEN if V2_TOKENS.is_in(version_of(version)) else V1_TOKEN)
        self.read_only_token = read_only_token
        self.permissions = permissions
        self.latency = latency
        self.row_latency = row_latency
        self.faults = faults
        self.graphql = graphql
        self.requests: list[RequestRecord] = []
        self.date: str | None = None  # what its header `Date` says; None: what time it is
        self.at_work = 0  # requests that are being handled, even if the client has disconnected
        self.url = ""
        self._api = Api(self.store, version)
        self._ssl_context = ssl_context
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, by default on a free port of this machine only; give back the URL."""
        app = web.Application(client_max_size=BIGGEST_BODY)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        # The limit of gunicorn, which a real NetBox runs behind.
        self._runner = web.AppRunner(app, max_field_size=BIGGEST_HEADER, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._ssl_context)
        await site.start()
        scheme = "https" if self._ssl_context else "http"
        self.url = f"{scheme}://{host}:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        """Stop listening; the objects stay."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def expire_token(self, moment: str) -> None:
        """Set the expiry of the token (ISO 8601): it is reported, but not enforced."""
        self._api.token_expires = moment

    def rows(self, label: str) -> Mapping[int, StoredRow]:
        """Give the rows of one model, such as ``virtualization.virtualmachine``, by id; only to be read."""
        return self.store.tables[label].rows

    def snapshot(self) -> StoreSnapshot:
        """Remember all objects."""
        return self.store.snapshot()

    def restore(self, snapshot: StoreSnapshot) -> None:
        """Go back to remembered objects."""
        self.store.restore(snapshot)

    def handle(
        self, method: str, path: str, body: Any = None, query: Mapping[str, list[str]] | None = None
    ) -> ApiAnswer:
        """Answer a request without HTTP and without a token, for building up a demo quickly."""
        base_url = self.url or "http://netbox.invalid"
        return self._api.answer(Request(method, path, query or {}, body, base_url, str(uuid4())))

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        self.at_work += 1
        try:
            return await self._handled(http)
        finally:
            self.at_work -= 1

    async def _handled(self, http: web.Request) -> web.StreamResponse:
        request_id = str(uuid4())
        body, readable = _parsed(await http.read())
        record = RequestRecord(
            index=len(self.requests),
            method=http.method,
            path=http.path,
            query=http.query_string,
            rows=len(body) if isinstance(body, list) else int(body is not None),
            headers=dict(http.headers),
            body=body,
        )
        self.requests.append(record)
        fault = (self.faults(record) if self.faults else None) or Fault()
        await asyncio.sleep(fault.delay + self.latency + self.row_latency * record.rows)
        if fault.drop in {"before", "while"}:
            gone = _hang_up(http)
            if fault.drop == "before":
                return gone
        await _as_long_as(fault.held)
        if fault.status is not None:
            answer = ApiAnswer(fault.status, fault.body, dict(fault.headers))
        elif http.path == "/":
            return web.Response(text=page(self.store, self._api.version_text), content_type="text/html")
        else:
            answer = self._answer(http, body, request_id, readable=readable)
        await _as_long_as(fault.late)
        if fault.drop in {"after", "while"}:
            return _hang_up(http)
        response = self._respond(answer, request_id)
        if fault.drop == "truncate":
            return await _truncated(http, response)
        self.requests[record.index] = replace(record, status=answer.status)
        return response

    def _answer(self, http: web.Request, body: Any, request_id: str, *, readable: bool) -> ApiAnswer:
        if (refusal := self._authenticate(http)) is not None:
            return ApiAnswer(403, {"detail": refusal})
        if not readable:
            return ApiAnswer(400, {"detail": "JSON parse error - Expecting value: line 1 column 1 (char 0)"})
        query: dict[str, list[str]] = {}
        for name, value in http.query.items():
            query.setdefault(name, []).append(value)
        if_match = ",".join(http.headers.getall("If-Match", []))
        base_url = f"{http.scheme}://{http.host}"
        may_write = not self.read_only_token or self.read_only_token not in http.headers.get("Authorization", "")
        request = Request(
            http.method,
            http.path,
            query,
            body,
            base_url,
            request_id,
            if_match,
            permissions=self.permissions,
            may_write=may_write,
        )
        if http.path == "/graphql/":
            return self._in_graphql(request)
        return self._api.answer(request)

    def _in_graphql(self, request: Request) -> ApiAnswer:
        if self.graphql is None:
            return ApiAnswer(404, "The GraphQL API is not enabled.")
        asked = "".join(request.query.get("query", ()))
        return ApiAnswer(200, self.graphql(self.store, lambda label: request.allows("GET", label), asked))

    def _authenticate(self, http: web.Request) -> str | None:
        keyword, _, given = http.headers.get("Authorization", "").strip().partition(" ")
        v2 = V2_TOKENS.is_in(self._api.version)
        if keyword.lower() not in ({"token", "bearer"} if v2 else {"token"}):
            return "Authentication credentials were not provided."
        given = given.strip()
        second = v2 and given.startswith("nbt_")
        if second and "." not in given:
            return (
                "Invalid authorization header: Could not parse key from v2 token. "
                "Did you mean to use 'Token' instead of 'Bearer'?"
            )
        if self.read_only_token and given == self.read_only_token:
            return None if http.method in {"GET", "HEAD", "OPTIONS"} else _NO_PERMISSION
        if given != self.token:
            return f"Invalid v{2 if second else 1} token"
        return None

    def _respond(self, answer: ApiAnswer, request_id: str) -> web.Response:
        major, minor = self._api.version
        headers = {"API-Version": f"{major}.{minor}", "X-Request-ID": request_id, **answer.headers}
        if self.date is not None:
            headers["Date"] = self.date
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        content = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        kind = "text/html" if isinstance(answer.body, str) else "application/json"
        return web.Response(status=answer.status, headers=headers, text=content, content_type=kind)


_NO_PERMISSION = "You do not have permission to perform this action."


def _parsed(raw: bytes) -> tuple[Any, bool]:
    try:
        return (json.loads(raw) if raw else None), True
    except ValueError:
        return None, False


async def _as_long_as(condition: Callable[[], bool] | None) -> None:
    while condition is not None and condition():  # noqa: ASYNC110  # it becomes false in another thread
        await asyncio.sleep(LOOK_SECONDS)


def _hang_up(http: web.Request) -> web.Response:
    if http.transport is not None:
        http.transport.abort()
    return web.Response()


async def _truncated(http: web.Request, whole: web.Response) -> web.StreamResponse:
    """Announce the whole response, send half of it, and close the connection."""
    content = whole.body if isinstance(whole.body, bytes) else b"{}"
    half = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.content_type})
    half.content_length = len(content)
    await half.prepare(http)
    await half.write(content[: len(content) // 2])
    if http.transport is not None:
        http.transport.close()
    return half
