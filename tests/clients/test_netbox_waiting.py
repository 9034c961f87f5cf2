from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.clients.netbox_server import SECRET, SITE, SITES, Loop, Time, connection, first, free_port, use


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_reads_are_repeated(fake: FakeNetBoxThread, status: int) -> None:
    """With growing waits, half to one and a half times two seconds at first."""
    fake.fake.faults = first(3, Fault(status=status))
    time = Time()
    assert use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES), time)["count"] == 0
    for wait, base in zip(time.waits, (2, 4, 8), strict=True):
        assert base * 0.5 <= wait <= base * 1.5


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_server_asks_for_counts(fake: FakeNetBoxThread, status: int) -> None:
    """Retry-After in seconds or as a date."""
    time = Time()
    fake.fake.faults = first(1, Fault(status=status, headers={"Retry-After": "42"}))
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES), time)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    fake.fake.faults = first(1, Fault(status=status, headers={"retry-after": later}))
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES), time)
    assert time.waits[0] == 42
    assert 50 < time.waits[1] <= 60


def test_only_so_often(fake: FakeNetBoxThread) -> None:
    """Then the error is NetBox's."""
    fake.fake.faults = first(99, Fault(status=502))
    with pytest.raises(NetBoxError, match="NetBox answered 502 to GET /api/dcim/sites/"):
        use(connection(fake.url, SECRET, max_retries=2), lambda netbox: netbox.get(SITES))
    assert len(fake.fake.requests) == 1 + 3


def test_a_broken_read_is_repeated(fake: FakeNetBoxThread) -> None:
    """Cut before, after and in the middle of the answer."""
    for drop in ("before", "after", "truncate"):
        fake.fake.faults = first(1, Fault(drop=drop))
        assert use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))["count"] == 0


def test_a_pool_without_connections_gets_half_a_minute(fake: FakeNetBoxThread) -> None:
    """Also when NetBox says it with 500, which is not repeated otherwise."""
    time = Time()
    words = {"error": "connection failed: FATAL: sorry, too many clients already", "exception": "OperationalError"}
    fake.fake.faults = first(1, Fault(status=500, body=words))
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES), time)
    assert len(time.waits) == 1
    assert time.waits[0] >= 30
    fake.fake.faults = first(1, Fault(status=500, body={"error": "bug"}))
    with pytest.raises(NetBoxError, match="500"):
        use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES), time)
    assert len(time.waits) == 1


def test_a_refused_connection_gets_ten_seconds(fake: FakeNetBoxThread) -> None:
    """Reads and writes: nothing was sent, so both are simply tried again; the message says where to."""
    time = Time()
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NetBoxError, match=f"Cannot connect to NetBox at {url}"):
        use(connection(url, SECRET, retry_delay=0.01), lambda netbox: netbox.get(SITES), time)
    assert len(time.waits) == 5
    assert min(time.waits) >= 10

    async def write(netbox: NetBox) -> None:
        netbox._session.config.base_url = url
        await netbox.write("POST", SITES, SITE)

    with pytest.raises(NetBoxError, match="Cannot connect") as caught:
        use(connection(fake.url, SECRET, retry_delay=0.01), write, time)
    assert not isinstance(caught.value, UncertainWriteError)


def test_nobody_waits_for_ever(fake: FakeNetBoxThread) -> None:
    """After five minutes without a useful answer the circuit opens: each request fails at its first try."""
    time = Time()
    fake.fake.faults = first(9999, Fault(status=503, headers={"Retry-After": "100"}))

    async def work(netbox: NetBox) -> None:
        with pytest.raises(NetBoxError, match="503"):
            await netbox.get(SITES)
        assert sum(time.waits) == 300
        for _ in range(3):
            with pytest.raises(NetBoxError, match="503"):
                await netbox.get(SITES)
        assert sum(time.waits) == 300
        await netbox.get("/api/status/")  # an answer closes it
        with pytest.raises(NetBoxError, match="503"):
            await netbox.get(SITES)
        assert sum(time.waits) == 600

    use(connection(fake.url, SECRET), work, time)


def test_a_server_that_hangs(fake: FakeNetBoxThread) -> None:
    """Is given up after the timeout."""
    loop = Loop()
    fake.fake.faults = first(1, Fault(held=loop.never()))
    with pytest.raises(NetBoxError, match="did not answer in time") as caught:
        use(connection(fake.url, SECRET, max_retries=0), lambda netbox: netbox.get(SITES), loop=loop)
    assert "PROXBOX_NETBOX_TIMEOUT" in caught.value.hint


def test_no_more_than_so_many_at_once(fake: FakeNetBoxThread) -> None:
    """PROXBOX_NETBOX_MAX_CONCURRENT is kept by all requests together."""
    active = most = 0

    class Counting:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __call__(self, *args: Any, **options: Any) -> Any:
            nonlocal active, most
            active += 1
            most = max(most, active)
            try:
                return await self.inner(*args, **options)
            finally:
                active -= 1

    async def work(netbox: NetBox) -> None:
        netbox._session.request_bounded = Counting(netbox._session.request_bounded)  # type: ignore[method-assign]
        await asyncio.gather(*(netbox.get(SITES) for _ in range(12)))

    use(connection(fake.url, SECRET, max_concurrent=3), work)
    assert most == 3
