"""Client of NetBox's REST API: retries reads, never repeats an uncertain write, bounds the requests in flight."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self

import aiohttp

from proxbox_plan.clients.exchange import Exchange
from proxbox_plan.clients.netbox._sdk_patch import ResponseSizeLimitError, Session
from proxbox_plan.clients.netbox.errors import (
    TOO_LONG,
    answer_error,
    decode,
    may_be_too_long,
    reason_of,
    transport_error,
    was_dropped,
)
from proxbox_plan.clients.netbox.query import LONG, Query, halves, query_size
from proxbox_plan.clients.netbox.waiting import Clock, RetryWaits, Sleep, delay, is_busy, may_pass, reported_when_slow
from proxbox_plan.core.errors import NetBoxError, ProxboxError, UncertainWriteError
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.moment import moment_text
from proxbox_plan.core.progress import OnWait, unheard
from proxbox_plan.core.redaction import Redactor
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.netbox_versions import CURSOR, OLDEST, Version, version_text

logger = get_logger("proxbox_plan.clients.netbox")

PAGE = 1000
_BRANCH = "X-NetBox-Branch"
_REQUEST_ID = "x-request-id"
_LARGEST_ANSWER = 1 << 30
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def _always() -> None:
    """Allow every request."""


class NetBox:
    """One NetBox server. `read_only` refuses every write before anything is sent."""

    def __init__(  # noqa: PLR0913 # where to, what for, and three seams
        self,
        connection: NetBoxConnection,
        *,
        read_only: bool,
        sleep: Sleep = asyncio.sleep,
        clock: Clock = time.monotonic,
        branch: str | None = None,
        on_wait: OnWait = unheard,
    ) -> None:
        """Open no connection yet. `branch` is the schema of the branch to work in; tests replace `sleep` and `clock`.

        `on_wait` is called with what the client waits for, before each retry and while a response is slow.
        """
        self.url = connection.url.rstrip("/")
        self.reads = 0
        self.writes = 0
        self.version: Version = OLDEST
        self.version_text = ""
        self.plugins: dict[str, str] = {}
        self.date = ""  # the server's clock, from its last response
        self.own_requests: set[str] = set()  # ids of the writes that were answered, as the changelog has them
        self._redactor = Redactor(connection.token.get_secret_value())
        self._connection = connection
        self._read_only = read_only
        self._token_from = connection.token_from
        self.on_wait = on_wait
        self._waits = RetryWaits(sleep, clock, on_wait)
        self._session = Session(connection)
        if branch is not None:
            self._session.persistent_headers[_BRANCH] = branch
        self._slots = asyncio.Semaphore(connection.max_concurrent)

    async def __aenter__(self) -> Self:
        """Read NetBox's version and plugins; NetBoxError when it cannot be reached or is too old."""
        try:
            await self._greet()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        logger.info("NetBox %s at %s: %d reads, %d writes", self.version_text, self.url, self.reads, self.writes)
        await self._session.close()

    async def _greet(self) -> None:
        status = await self.get("/api/status/")
        text = status.get("netbox-version") if isinstance(status, dict) else None
        found = _VERSION.match(text) if isinstance(text, str) else None
        if not isinstance(text, str) or found is None:
            raise NetBoxError(
                f"{self.url} is not a NetBox: /api/status/ reports no version",
                hint="Check netbox.url (with its sub-path, if it has one).",
            )
        self.version_text, self.version = text, (int(found[1]), int(found[2]))
        plugins = status.get("plugins")
        self.plugins = {str(name): str(plugins[name]) for name in sorted(plugins)} if isinstance(plugins, dict) else {}
        if self.version < OLDEST:
            raise NetBoxError(
                f"NetBox at {self.url} is {text}; proxbox-plan requires {version_text(OLDEST)} or newer",
                hint="Upgrade NetBox.",
            )

    @property
    def moment(self) -> str | None:
        """The server's clock, from its last response, as it stands in documents; null when it does not say."""
        try:
            return moment_text(parsedate_to_datetime(self.date))
        except (TypeError, ValueError, OverflowError):
            return None

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Read one path, with retries."""
        return await self._read("GET", path, query)

    async def options(self, path: str) -> Any:
        """Read the actions a path allows, with retries."""
        return await self._read("OPTIONS", path, None)

    async def _read(
        self, method: Literal["GET", "OPTIONS"], path: str, query: Query | None, *, patient: bool = True
    ) -> Any:
        """Read with retries; without patience, none of what another length of the request may help against."""
        for attempt in range(self.max_retries + 1):
            left = attempt < self.max_retries
            try:
                status, text, headers = await self._send(method, path, query, None, None, attempt)
            except (aiohttp.ClientError, TimeoutError) as error:
                again = left and may_pass(error) and (patient or not was_dropped(error))
                if not (again and await self._before_retry(attempt, reason_of(error), error=error)):
                    raise transport_error(self.url, error) from None
                continue
            if status == 200:  # noqa: PLR2004 # HTTP OK
                return _body_of(path, text)
            again = left and is_busy(status, text) and (patient or status not in TOO_LONG)
            if not (again and await self._before_retry(attempt, f"answered {status}", text=text, headers=headers)):
                raise answer_error(method, path, status, text, self._token_from)
        raise AssertionError

    async def rows(self, path: str, query: Query | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield every row of a list, page by page; a long query that a server does not take is halved."""
        parts = halves(query) if query_size(query) > LONG else ()
        page: dict[str, Any] = {**(query or {}), "limit": PAGE}
        cursor = CURSOR.is_in(self.version)
        page |= {"start": 0} if cursor else {"offset": 0, "ordering": "id"}
        try:
            body = await self._read("GET", path, page, patient=not parts)
        except NetBoxError as error:
            if not (parts and may_be_too_long(error)):
                raise
            for part in parts:
                async for row in self.rows(path, part):
                    yield row
            return
        while True:
            found = body.get("results") if isinstance(body, dict) else None
            if not isinstance(found, list) or not all(isinstance(row, dict) and _is_id(row.get("id")) for row in found):
                raise NetBoxError(
                    f"NetBox answered GET {path} without a list of objects",
                    hint="Check whether a proxy answers in place of NetBox.",
                )
            for row in found:
                yield row
            if not body.get("next") or not found:
                return
            if cursor:
                page["start"] = found[-1]["id"] + 1
            else:
                page["offset"] += len(found)
            body = await self.get(path, page)

    async def write(  # noqa: PLR0913 # one argument per thing a caller decides
        self,
        method: str,
        path: str,
        rows: Sequence[Mapping[str, Any]] | Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        allowed: Callable[[], None] = _always,
        patient: bool = True,
    ) -> Any:
        """Send one write and return the decoded response; `allowed` is called right before each try.

        Raises NetBoxError with `status` and `body` when NetBox refuses it, and UncertainWriteError when it may or may
        not have happened: the caller must verify before it retries. A write that surely did not happen (no connection,
        429) is retried here, unless the caller is not `patient`.
        """
        if self._read_only:
            raise ProxboxError(
                f"Refused to send {method} {path}: this command is read-only",
                hint="Report this as a bug in proxbox-plan.",
            )
        retries = self.max_retries if patient else 0
        for attempt in range(retries + 1):
            allowed()
            self.writes += 1
            try:
                status, text, answered = await self._send(method, path, None, rows, headers, attempt)
            except aiohttp.ClientConnectorError as error:  # never sent
                again = attempt < retries and may_pass(error)
                if not (again and await self._before_retry(attempt, reason_of(error), error=error)):
                    raise transport_error(self.url, error) from None
                continue
            except (aiohttp.ClientError, TimeoutError) as error:
                lost = transport_error(self.url, error)
                raise UncertainWriteError(lost.message, hint=lost.hint) from None
            if status != 429:  # noqa: PLR2004 # HTTP too many requests: refused before anything was done
                wait = self._delay(attempt, text=text, headers=answered) if is_busy(status, text) else None
                return _written(method, path, status, text, wait)
            again = attempt < retries
            if not (again and await self._before_retry(attempt, "answered 429", text=text, headers=answered)):
                raise answer_error(method, path, status, text)
        raise AssertionError

    async def pause(self, attempt: int, error: UncertainWriteError) -> None:
        """Wait before an uncertain write is verified, for a bounded time."""
        seconds = self._delay(attempt) if error.delay is None else error.delay
        what = f"NetBox: {error.message}; the write is verified in {seconds:.0f} s"
        await self._waits.before_retry(seconds, what)

    def shutdown(self) -> None:
        """End every wait for a retry, now and later; answers of requests in flight are still awaited."""
        self._waits.shutdown()

    @property
    def max_retries(self) -> int:
        """Maximum number of retries."""
        return self._connection.max_retries

    @property
    def max_concurrent(self) -> int:
        """Maximum number of requests in flight."""
        return self._connection.max_concurrent

    def _delay(self, attempt: int, **what: Any) -> float:
        return delay(self._connection.retry_delay, attempt, **what)

    async def _before_retry(self, attempt: int, reason: str, **answer: Any) -> bool:
        seconds = self._delay(attempt, **answer)
        what = f"NetBox: {reason}; try {attempt + 2} of {self.max_retries + 1} in {seconds:.0f} s"
        return await self._waits.before_retry(seconds, what)

    async def _send(  # noqa: PLR0913 # one request, and which try it is
        self,
        method: str,
        path: str,
        query: Query | None,
        payload: Any,
        headers: Mapping[str, str] | None,
        attempt: int,
    ) -> tuple[int, str, Mapping[str, str]]:
        async with self._slots:
            if method in {"GET", "OPTIONS"}:
                self.reads += 1
            exchange = Exchange(logger, method, path, query, attempt + 1)
            try:
                with reported_when_slow(self.on_wait, f"NetBox to answer {method} {path}"):
                    answer = await self._session.request_bounded(
                        method,
                        path,
                        query=_flat(query),
                        payload=payload,
                        headers=dict(headers) if headers else None,
                        max_response_bytes=_LARGEST_ANSWER,
                    )
            except (aiohttp.ClientError, TimeoutError) as error:
                exchange.failed(reason_of(error))
                self._waits.failed()
                raise
            except (
                ValueError,
                LookupError,
                ResponseSizeLimitError,
            ) as error:  # not the declared encoding, or too large
                exchange.failed(f"unreadable answer ({type(error).__name__})")
                raise aiohttp.ClientPayloadError from None
            except asyncio.CancelledError:
                exchange.failed("canceled")
                raise
        exchange.answered(answer.status, answer.text)
        if is_busy(answer.status, answer.text):
            self._waits.failed()
        else:
            self._waits.answered()
        answered = {name.lower(): value for name, value in answer.headers.items()}
        self.date = answered.get("date", "")
        if method not in {"GET", "OPTIONS"} and _REQUEST_ID in answered:
            self.own_requests.add(answered[_REQUEST_ID])
        return answer.status, self._redactor.hide_in_data(answer.text), answer.headers


def _flat(query: Query | None) -> dict[str, Any] | None:
    found = {name: str(value) if isinstance(value, str | int) else list(value) for name, value in (query or {}).items()}
    return found or None


def _body_of(path: str, text: str) -> Any:
    body = decode(text)
    if body is None:
        raise NetBoxError(
            f"NetBox answered GET {path} with content that is not JSON",
            hint="Check whether a proxy or a login page answers in place of NetBox.",
        )
    return body


def _written(method: str, path: str, status: int, text: str, wait: float | None) -> Any:
    """Return the response to a write, or raise its error."""
    if status in (200, 201, 204):
        body = decode(text)
        if status != 204 and body is None:  # noqa: PLR2004 # HTTP no content
            raise UncertainWriteError(f"The response to {method} {path} was cut off", status=status)
        return body
    error = answer_error(method, path, status, text)
    if status >= 500 or status == 408:  # noqa: PLR2004 # a gateway may time out while NetBox still works on it
        raise UncertainWriteError(error.message, hint=error.hint, status=status, delay=wait)
    raise error


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
