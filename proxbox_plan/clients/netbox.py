"""NetBox's REST API: reads that retry, writes that never guess, a bounded number of requests in flight."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import aiohttp

from proxbox_plan.clients.netbox_errors import answer_error, decode, transport_error
from proxbox_plan.clients.netbox_session import Session
from proxbox_plan.errors import NetBoxError, ProxboxError, UncertainWriteError
from proxbox_plan.model.connection import NetBoxConnection

Query = Mapping[str, str | int | Sequence[str]]
Sleep = Callable[[float], Awaitable[None]]

OLDEST = (4, 2)
CURSOR = (4, 6)  # first version with ?start= paging
PAGE = 1000
_LARGEST_ANSWER = 1 << 30
_REFUSED_DELAY = 10.0  # a server that refuses connections is restarting
_POOL_DELAY = 30.0  # a database without free connections needs air
_LONGEST_DELAY = 120.0


class NetBox:
    """One NetBox server. `read_only` refuses every method but GET before anything is sent."""

    def __init__(self, connection: NetBoxConnection, *, read_only: bool, sleep: Sleep = asyncio.sleep) -> None:
        """Open nothing yet; `sleep` is replaced by tests."""
        self.url = connection.url.rstrip("/")
        self.reads = 0
        self.writes = 0
        self.version: tuple[int, int] = OLDEST
        self.version_text = ""
        self._connection = connection
        self._read_only = read_only
        self._sleep = sleep
        self._session = Session(connection)
        self._slots = asyncio.Semaphore(connection.max_concurrent)

    async def __aenter__(self) -> Self:
        """Find out which NetBox this is; NetBoxError when it can't be reached or is too old."""
        try:
            await self._greet()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._session.close()

    async def _greet(self) -> None:
        status = await self.get("/api/status/")
        text = status.get("netbox-version") if isinstance(status, dict) else None
        if not isinstance(text, str):
            raise NetBoxError(f"{self.url} is not a NetBox: /api/status/ names no version",
                              hint="Check netbox.url (with its sub-path, if it has one).")  # fmt: skip
        major, minor = (int(part) for part in text.split("-", maxsplit=1)[0].split(".")[:2])
        self.version_text, self.version = text, (major, minor)
        if self.version < OLDEST:
            raise NetBoxError(f"NetBox at {self.url} is {text}; this tool needs {OLDEST[0]}.{OLDEST[1]} or newer",
                              hint="Upgrade NetBox.")  # fmt: skip

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Read one path; retried, since reading changes nothing."""
        for attempt in range(self._connection.max_retries + 1):
            last = attempt == self._connection.max_retries
            try:
                status, text, headers = await self._send("GET", path, query, None, None)
            except (aiohttp.ClientError, TimeoutError) as error:
                if last or not may_pass(error):
                    raise transport_error(self.url, error) from None
                await self._sleep(self.delay(attempt, error=error))
                continue
            if status == 200:  # noqa: PLR2004 # HTTP OK
                body = decode(text)
                if body is None:
                    raise NetBoxError(f"NetBox answered GET {path} with something that is not JSON",
                                      hint="Is there a proxy or a login page before NetBox?")  # fmt: skip
                return body
            if last or status not in (429, 502, 503, 504):
                raise answer_error("GET", path, status, text)
            await self._sleep(self.delay(attempt, text=text, headers=headers))
        raise AssertionError

    async def rows(self, path: str, query: Query | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield every row of a list: page after page until NetBox says there is no next one."""
        page: dict[str, Any] = {**(query or {}), "limit": PAGE}
        cursor = self.version >= CURSOR
        page |= {"start": 0} if cursor else {"offset": 0, "ordering": "id"}
        while True:
            body = await self.get(path, page)
            found = body.get("results") if isinstance(body, dict) else None
            if not isinstance(found, list):
                raise NetBoxError(f"NetBox answered GET {path} without a list of results")
            for row in found:
                yield row
            if not body.get("next") or not found:
                return
            if cursor:
                page["start"] = found[-1]["id"] + 1
            else:
                page["offset"] += len(found)

    async def write(
        self, method: str, path: str, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any],
        *, headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """Send one write and return the decoded answer.

        Raises NetBoxError with `status` and `body` when NetBox refused it, and UncertainWriteError when it may or may
        not have happened: the caller must look before it tries again.
        """
        if self._read_only:
            raise ProxboxError(f"refused to send {method} {path}: this command only reads",
                               hint="This is a bug in proxbox-plan; please report it.")  # fmt: skip
        for attempt in range(self._connection.max_retries + 1):
            last = attempt == self._connection.max_retries
            self.writes += 1
            try:
                status, text, answered = await self._send(method, path, None, rows, headers)
            except aiohttp.ClientConnectorError as error:  # never sent
                if last or not may_pass(error):
                    raise transport_error(self.url, error) from None
                await self._sleep(self.delay(attempt, error=error))
                continue
            except (aiohttp.ClientError, TimeoutError) as error:
                raise UncertainWriteError(transport_error(self.url, error).message) from None
            if status in (200, 201, 204):
                body = decode(text)
                if status != 204 and body is None:  # noqa: PLR2004 # HTTP no content
                    raise UncertainWriteError(f"the answer of {method} {path} was cut off", status=status)
                return body
            error_ = answer_error(method, path, status, text)
            if status in (500, 502, 503, 504):
                wait = self.delay(attempt, text=text, headers=answered)
                raise UncertainWriteError(error_.message, status=status, delay=wait)
            if status != 429 or last:  # noqa: PLR2004 # HTTP too many requests: refused before anything was done
                raise error_
            await self._sleep(self.delay(attempt, text=text, headers=answered))
        raise AssertionError

    async def pause(self, attempt: int, error: UncertainWriteError) -> None:
        """Wait before an uncertain write that did not happen is tried again."""
        await self._sleep(self.delay(attempt) if error.delay is None else error.delay)

    @property
    def max_retries(self) -> int:
        """How often anything is tried again."""
        return self._connection.max_retries

    @property
    def max_concurrent(self) -> int:
        """Requests in flight."""
        return self._connection.max_concurrent

    def delay(
        self, attempt: int, *, text: str = "", headers: Mapping[str, str] | None = None,
        error: BaseException | None = None,
    ) -> float:  # fmt: skip
        """Seconds before the next try: what the server asks for, else doubling with jitter."""
        asked = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", "")
        if asked.isdigit():
            return min(float(asked), _LONGEST_DELAY)
        seconds = self._connection.retry_delay * float(2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 # jitter
        if isinstance(error, aiohttp.ClientConnectorError):
            seconds = max(seconds, _REFUSED_DELAY)
        if "too many clients" in text or "connection pool" in text or "PoolTimeout" in text:
            seconds = max(seconds, _POOL_DELAY)
        return min(seconds, _LONGEST_DELAY)

    async def _send(
        self, method: str, path: str, query: Query | None, payload: Any, headers: Mapping[str, str] | None
    ) -> tuple[int, str, Mapping[str, str]]:
        async with self._slots:
            if method == "GET":
                self.reads += 1
            flat = {name: str(value) if isinstance(value, str | int) else list(value) for name, value in (query or {}).items()}
            answer = await self._session.request_bounded(
                method, path, query=flat or None, payload=payload,
                headers=dict(headers) if headers else None, max_response_bytes=_LARGEST_ANSWER,
            )  # fmt: skip
            return answer.status, answer.text, answer.headers


def may_pass(error: BaseException) -> bool:
    """Whether trying again can help: not against a wrong name or a certificate nobody trusts."""
    return not isinstance(
        error,
        aiohttp.ClientConnectorDNSError | aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError,
    )
