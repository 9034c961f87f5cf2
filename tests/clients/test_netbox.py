from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from proxbox_plan.clients.netbox import NetBox
from proxbox_plan.demo.cluster import certificate as certificates
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.errors import NetBoxError, ProxboxError, UncertainWriteError
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


def connection(url: str, token: str, **fields: Any) -> NetBoxConnection:
    """Return a connection with the default settings."""
    return NetBoxConnection(url=url, token=SecretStr(token), **fields)


def use(settings: NetBoxConnection, work: Work, time: Time | None = None, *, read_only: bool = False) -> Any:
    """Open a client and do something with it."""
    passing = time or Time()

    async def inside() -> Any:
        async with NetBox(settings, read_only=read_only, sleep=passing.sleep, clock=passing.clock) as netbox:
            return await work(netbox)

    return asyncio.run(inside())


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeNetBoxThread]:
    """Run one fake NetBox for this file."""
    with FakeNetBoxThread(token=SECRET) as running:
        yield running


@pytest.fixture
def fake(shared: FakeNetBoxThread) -> FakeNetBoxThread:
    """Give it empty and without faults."""
    shared.fake.faults = None
    for number in tuple(shared.fake.rows("dcim.site")):
        shared.fake.handle("DELETE", f"{SITES}{number}/")
    shared.fake.requests.clear()
    return shared


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
        threading.Thread(target=running.serve_forever, daemon=True).start()
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
        fake.fake.faults = first(1, Fault(drop=drop))  # type: ignore[arg-type] # the values of a Literal
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


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_refused_connection_gets_ten_seconds(fake: FakeNetBoxThread) -> None:
    """Reads and writes: nothing was sent, so both are simply tried again; the message says where to."""
    time = Time()
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NetBoxError, match=f"cannot connect to NetBox at {url}"):
        use(connection(url, SECRET, retry_delay=0.01), lambda netbox: netbox.get(SITES), time)
    assert len(time.waits) == 5
    assert min(time.waits) >= 10

    async def write(netbox: NetBox) -> None:
        netbox._session.base_url = url
        netbox._session.config.base_url = url
        await netbox.write("POST", SITES, SITE)

    with pytest.raises(NetBoxError, match="cannot connect") as caught:
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


@pytest.mark.parametrize("drop", ["before", "after", "truncate"])
def test_a_write_is_never_repeated_by_guess(fake: FakeNetBoxThread, drop: Any) -> None:
    """The caller is told that it is uncertain."""
    fake.fake.faults = first(1, Fault(drop=drop))
    with pytest.raises(UncertainWriteError):
        use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))
    assert sum(record.method == "POST" for record in fake.fake.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 524])
def test_a_write_may_have_happened_behind_a_gateway(fake: FakeNetBoxThread, status: int) -> None:
    """Whatever gave up: nobody knows what NetBox did. What the server asks to wait is handed on."""
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


def test_read_only_sends_nothing_else(fake: FakeNetBoxThread) -> None:
    """The refusal comes before the connection."""
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        with pytest.raises(ProxboxError, match=f"refused to send {method}"):
            use(connection(fake.url, SECRET), lambda netbox, m=method: netbox.write(m, SITES, SITE), read_only=True)  # type: ignore[misc]
    assert {record.method for record in fake.fake.requests} == {"GET"}


def test_requests_are_counted(fake: FakeNetBoxThread) -> None:
    """Each try counts: the greeting, reads, writes."""
    fake.fake.faults = first(1, Fault(status=503))

    async def work(netbox: NetBox) -> tuple[int, int]:
        await netbox.get(SITES)
        await netbox.write("POST", SITES, SITE)
        return netbox.reads, netbox.writes

    assert use(connection(fake.url, SECRET), work) == (3, 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_refused(fake: FakeNetBoxThread, status: int) -> None:
    """Neither followed nor repeated: a redirected POST becomes a GET, and the token would go along."""
    elsewhere: list[str] = []
    with server(lambda request: elsewhere.append(request.path)) as url:
        fake.fake.faults = first(2, Fault(status=status, headers={"Location": f"{url}/x"}))
        with pytest.raises(NetBoxError, match=f"NetBox answered {status}") as caught:
            use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
        assert "final address" in caught.value.hint
        with pytest.raises(NetBoxError, match=f"NetBox answered {status}"):
            use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))
    assert elsewhere == []


@pytest.mark.parametrize("version", ["4.1.11", "3.7.8"])
def test_a_netbox_that_is_too_old(version: str) -> None:
    """Is refused by name."""
    with FakeNetBoxThread(version, token="0" * 40) as old, pytest.raises(NetBoxError, match=f"is {version}.*4.2"):
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


@pytest.mark.parametrize(("token", "sent"), [(SECRET, f"Bearer {SECRET}"), ("0" * 40, "Token " + "0" * 40)])
def test_both_kinds_of_token(token: str, sent: str) -> None:
    """A refused one is not tried again as the other kind; the error names the remedy and not the token."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        raw(403, b'{"detail": "Invalid v2 token"}')(request)

    with server(answer) as url, pytest.raises(NetBoxError, match="403.*Invalid v2 token") as caught:
        use(connection(url, token), lambda netbox: netbox.get(SITES))
    assert seen == [sent]
    assert "proxbox doctor" in caught.value.hint


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve a fake NetBox with a certificate of its own CA; give its URL and the CA's file."""
    made = certificates.make_certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.ca_file, made.key_file)
    with FakeNetBoxThread(token=SECRET, ssl_context=context) as running:
        yield running.url, made.ca_file


def test_a_certificate_nobody_trusts(tls: tuple[str, Path]) -> None:
    """Is refused at once, with both ways out; with the CA's file, or knowingly without a check, it works."""
    time = Time()
    with pytest.raises(NetBoxError, match="certificate of .* is not trusted") as caught:
        use(connection(tls[0], SECRET), lambda netbox: netbox.get(SITES), time)
    assert time.waits == []
    assert "netbox.ca_file" in caught.value.hint
    for settings in ({"ca_file": tls[1]}, {"verify_tls": False}):
        assert use(connection(tls[0], SECRET, **settings), lambda netbox: netbox.get(SITES))["count"] == 0


def test_a_ca_file_that_cannot_be_read(tls: tuple[str, Path], tmp_path: Path) -> None:
    """Is named."""
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(NetBoxError, match=f"cannot read the CA file .*{name}"):
            use(connection(tls[0], SECRET, ca_file=tmp_path / name), lambda netbox: netbox.get(SITES))


def test_a_host_nobody_knows() -> None:
    """Is not tried again."""
    time = Time()
    with pytest.raises(NetBoxError, match="the host of http://netbox.invalid is unknown"):
        use(connection("http://netbox.invalid", SECRET), lambda netbox: netbox.get(SITES), time)
    assert time.waits == []


def test_a_proxy(fake: FakeNetBoxThread) -> None:
    """Every request goes through it; one that is not there is named as what it is."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        raw(200, b'{"netbox-version": "4.7.3"}')(request)

    with server(answer) as proxy:
        use(connection("http://netbox.invalid", SECRET, proxy=proxy), lambda netbox: netbox.get("/api/status/"))
    assert seen == ["http://netbox.invalid/api/status/"] * 2
    nobody = f"http://user:plantedPassword@127.0.0.1:{free_port()}"
    with pytest.raises(NetBoxError, match="proxy") as caught:
        use(connection(fake.url, SECRET, proxy=nobody, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "plantedPassword" not in f"{caught.value}{caught.value.hint}"


def test_a_server_that_hangs(fake: FakeNetBoxThread) -> None:
    """Is given up after the timeout."""
    fake.fake.faults = first(1, Fault(delay=1.0))
    with pytest.raises(NetBoxError, match="did not answer in time") as caught:
        use(connection(fake.url, SECRET, timeout=0.2, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "PROXBOX_NETBOX_TIMEOUT" in caught.value.hint


def test_the_token_is_never_shown(fake: FakeNetBoxThread, caplog: pytest.LogCaptureFixture) -> None:
    """Not by a repr, an error or a log line, whatever goes wrong."""
    shown: list[str] = []

    async def work(netbox: NetBox) -> None:
        shown.extend([repr(netbox), repr(vars(netbox)), repr(netbox._session.config), repr(netbox._connection)])
        for fault in (Fault(status=403), Fault(status=500), Fault(drop="truncate"), Fault(status=200, body="<x>")):
            fake.fake.faults = first(99, fault)
            for send in (netbox.get(SITES), netbox.write("POST", SITES, SITE)):
                try:
                    await send
                except NetBoxError as error:
                    shown.append(f"{error!r} {error.hint} {error.body} {error.__context__!r}")

    with caplog.at_level(0):
        use(connection(fake.url, SECRET, max_retries=1), work)
    text = "\n".join(shown) + caplog.text
    assert len(shown) == 12
    assert "plantedSecret" not in text
    assert "plantedKey" not in text


def test_the_home_folder_stays_as_it_is(
    fake: FakeNetBoxThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's cache, which would plan against a dead server, is never made."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
    assert list(os.scandir(tmp_path)) == []


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


def test_nothing_is_left_open(fake: FakeNetBoxThread) -> None:
    """Neither after success nor after a failed greeting; an open connection would warn here."""
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
    with pytest.raises(NetBoxError):
        use(connection(fake.url, "nbt_wrong.wrong"), lambda netbox: netbox.get(SITES))
    gc.collect()
