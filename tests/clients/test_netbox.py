from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from proxbox_plan.clients.netbox._sdk_patch import Session
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.clients.netbox_server import SECRET, SITE, SITES, Time, connection, first, raw, server, use


@pytest.mark.parametrize("drop", ["before", "after", "truncate"])
def test_a_write_is_never_repeated_by_guess(fake: FakeNetBoxThread, drop: Any) -> None:
    """The caller is told that it is uncertain."""
    fake.fake.faults = first(1, Fault(drop=drop))
    with pytest.raises(UncertainWriteError):
        use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))
    assert sum(record.method == "POST" for record in fake.fake.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 524])
def test_a_write_may_have_happened_behind_a_gateway(fake: FakeNetBoxThread, status: int) -> None:
    """Whatever gave up: it is unknown what NetBox did. What the server asks to wait is handed on."""
    fake.fake.faults = first(1, Fault(status=status, headers={"Retry-After": "9"}))
    with pytest.raises(UncertainWriteError) as caught:
        use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))
    assert (caught.value.status, caught.value.delay) == (status, 9.0 if status in (502, 503, 504) else None)


def test_a_write_that_was_refused_for_haste_is_repeated(fake: FakeNetBoxThread) -> None:
    """429 means that nothing was done; before each try it is asked whether we still may."""
    asked: list[int] = []
    fake.fake.faults = first(2, Fault(status=429, headers={"Retry-After": "5"}))
    time = Time()

    async def work(netbox: NetBox) -> Any:
        return await netbox.write("POST", SITES, SITE, allowed=lambda: asked.append(1))

    assert len(use(connection(fake.url, SECRET), work, time)) == 1
    assert (time.waits, len(asked)) == ([5.0, 5.0], 3)


def test_html_instead_of_json(fake: FakeNetBoxThread) -> None:
    """A login page is no answer: a read says so, a write is uncertain."""
    fake.fake.faults = first(2, Fault(status=200, body="<html>log in</html>"))
    with pytest.raises(NetBoxError, match="not JSON") as caught:
        use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
    assert "login page" in caught.value.hint
    with pytest.raises(UncertainWriteError):
        use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json; charset=nonsense"])
def test_bytes_that_are_no_text(kind: str) -> None:
    """Are a broken answer, not a crash."""
    with server(raw(200, b"\xff\xfe\xfa", kind)) as url, pytest.raises(NetBoxError, match="broke"):
        use(connection(url, SECRET, max_retries=1), lambda netbox: netbox.get(SITES))


def test_requests_are_counted(fake: FakeNetBoxThread) -> None:
    """Each try counts: the greeting, reads, writes."""
    fake.fake.faults = first(1, Fault(status=503))

    async def work(netbox: NetBox) -> tuple[int, int]:
        await netbox.get(SITES)
        await netbox.write("POST", SITES, SITE)
        return netbox.reads, netbox.writes

    assert use(connection(fake.url, SECRET), work) == (3, 1)


@pytest.mark.parametrize("version", ["4.1.11", "3.7.8"])
def test_a_netbox_that_is_too_old(version: str) -> None:
    """Is refused by name."""
    with FakeNetBoxThread(version, token="0" * 40) as old, pytest.raises(NetBoxError, match=rf"is {version}.*4\.2"):
        use(connection(old.url, old.token), lambda netbox: netbox.get(SITES))


@pytest.mark.parametrize("body", [b"{}", b'{"netbox-version": 5}', b'{"netbox-version": "new"}', b"[]"])
def test_something_that_is_no_netbox(body: bytes) -> None:
    """Is not worked with."""
    with server(raw(200, body)) as url, pytest.raises(NetBoxError, match="is not a NetBox"):
        use(connection(url, SECRET), lambda netbox: netbox.get(SITES))


@pytest.mark.parametrize(("text", "version"), [("4.7.3", (4, 7)), ("v4.10.0-beta1", (4, 10)), ("5.0-dev", (5, 0))])
def test_versions(text: str, version: tuple[int, int]) -> None:
    """As they are written in the field."""

    async def work(netbox: NetBox) -> tuple[int, int]:
        return netbox.version

    with server(raw(200, f'{{"netbox-version": "{text}"}}'.encode())) as url:
        assert use(connection(url, SECRET), work) == version


@pytest.mark.covering
@pytest.mark.parametrize("version", ["4.7.3", "4.5.2"])
def test_long_lists_are_read_to_the_end(version: str) -> None:
    """Page after page, by cursor where NetBox has one; filters hold on every page."""
    with FakeNetBoxThread(version, token="0" * 40) as netbox:
        for start in range(0, 2100, 700):
            rows = [{"name": f"s{n}", "slug": f"s{n}"} for n in range(start, start + 700)]
            assert netbox.fake.handle("POST", SITES, rows).status == 201

        async def work(opened: NetBox) -> list[int]:
            return [row["id"] async for row in opened.rows(SITES, {"slug__isw": "s", "fields": "id"})]

        found = use(connection(netbox.url, netbox.token), work)
    assert len(found) == len(set(found)) == 2100


@pytest.mark.parametrize(("url", "kept"), [("http://netbox.example", False), ("https://netbox.example", True)])
def test_only_connections_with_tls_are_kept(url: str, *, kept: bool) -> None:
    """One without is bound to a worker of NetBox's, maybe all of them to the same one; a new one costs nothing."""

    async def connector() -> aiohttp.BaseConnector | None:
        session = await Session(connection(url, SECRET))._get_session()
        async with session:
            return session.connector

    found = asyncio.run(connector())
    assert found is not None
    assert found.force_close is not kept


def test_what_comes_after_the_end_opens_no_connection(fake: FakeNetBoxThread) -> None:
    """F16: a task that was about to try again opened a new session, which stayed open."""

    async def late() -> None:
        async with NetBox(connection(fake.url, SECRET), read_only=True) as netbox:
            pass
        before = len(fake.fake.requests)
        with pytest.raises(RuntimeError, match="closed"):
            await netbox.get(SITES)
        assert len(fake.fake.requests) == before

    asyncio.run(late())


@pytest.mark.parametrize("fault", [Fault(status=502, body="<html>"), Fault(status=431), Fault(drop="before")])
def test_a_long_query_that_a_server_does_not_take_is_halved(fake: FakeNetBoxThread, fault: Fault) -> None:
    """A request whose headers uWSGI has no room for is dropped: nginx answers 502, or the connection is reset."""
    names = [f"site-{number}-{'x' * 90}" for number in range(16)]
    for name in names:
        assert fake.fake.handle("POST", SITES, {"name": name, "slug": name}).status == 201
    time = Time()
    fake.fake.faults = lambda record: fault if len(record.query) > 1100 else None

    async def work(netbox: NetBox) -> list[str]:
        return [row["name"] async for row in netbox.rows(SITES, {"name": names})]

    assert sorted(use(connection(fake.url, SECRET), work, time)) == sorted(names)
    assert time.waits == []


def test_a_long_query_is_repeated_as_it_is_when_netbox_is_busy(fake: FakeNetBoxThread) -> None:
    """Its length is not the cause then."""
    time = Time()
    fake.fake.faults = first(2, Fault(status=503))

    async def work(netbox: NetBox) -> list[Any]:
        return [row async for row in netbox.rows(SITES, {"name": ["x" * 90] * 16})]

    assert use(connection(fake.url, SECRET), work, time) == []
    assert [len(time.waits), len(fake.fake.requests)] == [2, 1 + 3]


def test_a_request_that_stays_too_long_names_the_setting(fake: FakeNetBoxThread) -> None:
    """That of uWSGI, which has little room as NetBox ships it."""
    fake.fake.faults = first(99, Fault(status=502, body="<html>"))
    with pytest.raises(NetBoxError) as caught:
        use(connection(fake.url, SECRET, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "`buffer-size` in uwsgi.ini" in caught.value.hint
