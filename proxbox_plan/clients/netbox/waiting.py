"""Backoff: how long to wait before a request is sent again, and when a retry makes no sense."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from proxbox_plan.core.log import get_logger
from proxbox_plan.core.progress import OnWait

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]

logger = get_logger("proxbox_plan.clients.netbox")

PATIENCE = 300.0  # seconds without a useful response after which NetBox counts as down
SLOW = 10.0  # seconds without a response after which the wait is reported
_REFUSED_DELAY = 10.0  # a server that refuses connections is restarting
_POOL_DELAY = 30.0  # a database without free connections needs time
_LONGEST_DELAY = 120.0  # limit of the doubling; a Retry-After of the server is not shortened
_BUSY = (429, 502, 503, 504)
_POOL_WORDS = ("too many clients", "remaining connection slots", "connection pool", "pooltimeout")


def is_busy(status: int, text: str = "") -> bool:
    """Whether a response says that the same request may succeed later."""
    return status in _BUSY or (status == 500 and _pool_is_exhausted(text))  # noqa: PLR2004 # HTTP internal error


def may_pass(error: BaseException) -> bool:
    """Whether a retry can help: not with an unknown host or an untrusted certificate."""
    return not isinstance(
        error,
        aiohttp.ClientConnectorDNSError | aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError,
    )


def delay(
    base: float,
    attempt: int,
    *,
    text: str = "",
    headers: Mapping[str, str] | None = None,
    error: BaseException | None = None,
) -> float:
    """Seconds before the next try: Retry-After of the server, else doubling from `base` with jitter."""
    asked = _asked({name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", ""))
    if asked is not None:
        return asked
    seconds = base * float(2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 # jitter
    if isinstance(error, aiohttp.ClientConnectorError):
        seconds = max(seconds, _REFUSED_DELAY)
    if _pool_is_exhausted(text):
        seconds = max(seconds, _POOL_DELAY)
    return min(seconds, _LONGEST_DELAY)


def _asked(header: str) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date."""
    if header.strip().isdecimal():
        return float(header)
    with suppress(TypeError, ValueError):
        until = parsedate_to_datetime(header)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return None


@contextmanager
def reported_when_slow(on_wait: OnWait, what: str, after: float = SLOW) -> Iterator[None]:
    """Report `what` once the block has taken that many seconds, and then also its end."""
    told: list[str] = []

    def tell() -> None:
        told.append(f"{what}, for more than {after:.0f} s")
        logger.info("waiting for %s", told[0])
        on_wait(told[0])

    timer = asyncio.get_running_loop().call_later(after, tell)
    try:
        yield
    finally:
        timer.cancel()
        if told:
            on_wait("")


def _pool_is_exhausted(text: str) -> bool:
    words = text[:10_000].lower()
    return any(word in words for word in _POOL_WORDS)


class RetryWaits:
    """Waits between tries, for all requests of one client: bounded, and ended at once by a shutdown.

    `patience` is how long NetBox may be silent. Once a wait would end later than that, the circuit is open: every
    request fails at its first try until one is answered.
    """

    def __init__(self, sleep: Sleep, clock: Clock, on_wait: OnWait, patience: float = PATIENCE) -> None:
        """`on_wait` is called with what is waited for; tests replace `sleep` and `clock`."""
        self._sleep = sleep
        self._clock = clock
        self._on_wait = on_wait
        self._patience = patience
        self._silent_since: float | None = None
        self._shutdown = asyncio.Event()

    def answered(self) -> None:
        """Note a useful response: NetBox is up."""
        self._silent_since = None

    def failed(self) -> None:
        """Note that a request got no useful response."""
        if self._silent_since is None:
            self._silent_since = self._clock()

    def shutdown(self) -> None:
        """End every wait now, and begin no other one."""
        self._shutdown.set()

    async def before_retry(self, seconds: float, what: str) -> bool:
        """Wait, and report `what` for; false when a retry is not allowed anymore."""
        since = self._clock() if self._silent_since is None else self._silent_since
        if self._shutdown.is_set() or self._clock() + seconds - since > self._patience:
            return False
        logger.warning("waiting for %s", what)
        self._on_wait(what)
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._shutdown.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._on_wait("")
        return not self._shutdown.is_set()
