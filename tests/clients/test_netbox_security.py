from __future__ import annotations

import gc
import os
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError, ProxboxError
from proxbox_plan.demo.cluster import certificate as certificates
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.clients.netbox_server import SECRET, SITE, SITES, Time, connection, first, free_port, raw, server, use


def test_read_only_sends_nothing_else(fake: FakeNetBoxThread) -> None:
    """The refusal comes before the connection."""
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        with pytest.raises(ProxboxError, match=f"Refused to send {method}"):
            use(connection(fake.url, SECRET), lambda netbox, m=method: netbox.write(m, SITES, SITE), read_only=True)  # type: ignore[misc]
    assert {record.method for record in fake.fake.requests} == {"GET"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_refused(fake: FakeNetBoxThread, status: int) -> None:
    """Neither followed nor repeated: a redirected POST becomes a GET, and the token would go along."""
    elsewhere: list[str] = []
    with server(lambda request: elsewhere.append(request.path)) as url:
        fake.fake.faults = first(2, Fault(status=status, headers={"Location": f"{url}/x"}))
        with pytest.raises(NetBoxError, match=f"NetBox answered {status}") as caught:
            use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
        assert "redirects to" in caught.value.hint
        with pytest.raises(NetBoxError, match=f"NetBox answered {status}"):
            use(connection(fake.url, SECRET), lambda netbox: netbox.write("POST", SITES, SITE))
    assert elsewhere == []


@pytest.mark.parametrize(("token", "sent"), [(SECRET, f"Bearer {SECRET}"), ("0" * 40, "Token " + "0" * 40)])
def test_both_kinds_of_token(token: str, sent: str) -> None:
    """A refused one is not tried again as the other kind; the error names the remedy and not the token."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        raw(403, b'{"detail": "Invalid v2 token"}')(request)

    with server(answer) as url, pytest.raises(NetBoxError, match=r"403.*Invalid v2 token") as caught:
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
    with pytest.raises(NetBoxError, match=r"certificate of .* is not trusted") as caught:
        use(connection(tls[0], SECRET), lambda netbox: netbox.get(SITES), time)
    assert time.waits == []
    assert "netbox.ca_file" in caught.value.hint
    for settings in ({"ca_file": tls[1]}, {"verify_tls": False}):
        assert use(connection(tls[0], SECRET, **settings), lambda netbox: netbox.get(SITES))["count"] == 0


def test_a_server_without_tls(fake: FakeNetBoxThread) -> None:
    """F11: was called a certificate that is not trusted, with the advice to check none."""
    time, url = Time(), fake.url.replace("http:", "https:")
    with pytest.raises(NetBoxError, match="does not answer with TLS") as caught:
        use(connection(url, SECRET), lambda netbox: netbox.get(SITES), time)
    assert time.waits == []
    assert "write netbox.url with http://" in caught.value.hint


def test_a_server_with_tls(tls: tuple[str, Path]) -> None:
    """F11: it ends the connection without a word, or says that it is an HTTPS port."""
    url = tls[0].replace("https:", "http:")
    with pytest.raises(NetBoxError) as caught:
        use(connection(url, SECRET, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "write netbox.url with https://" in caught.value.hint
    page = b"<html>400 The plain HTTP request was sent to HTTPS port</html>"
    with server(raw(400, page)) as plain, pytest.raises(NetBoxError) as caught:
        use(connection(plain, SECRET, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "write netbox.url with https://" in caught.value.hint


def test_a_ca_file_that_cannot_be_read(tls: tuple[str, Path], tmp_path: Path) -> None:
    """Is named."""
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(NetBoxError, match=rf"Cannot read the CA file .*{name}"):
            use(connection(tls[0], SECRET, ca_file=tmp_path / name), lambda netbox: netbox.get(SITES))


def test_a_host_nobody_knows() -> None:
    """Is not tried again."""
    time = Time()
    with pytest.raises(NetBoxError, match=r"The host of http://netbox\.invalid is unknown"):
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
    closed = f"http://user:plantedPassword@127.0.0.1:{free_port()}"
    with pytest.raises(NetBoxError, match="proxy") as caught:
        use(connection(fake.url, SECRET, proxy=closed, max_retries=0), lambda netbox: netbox.get(SITES))
    assert "plantedPassword" not in f"{caught.value}{caught.value.hint}"


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


def test_nothing_is_left_open(fake: FakeNetBoxThread) -> None:
    """Neither after success nor after a failed greeting; an open connection would warn here."""
    use(connection(fake.url, SECRET), lambda netbox: netbox.get(SITES))
    with pytest.raises(NetBoxError):
        use(connection(fake.url, "nbt_wrong.wrong"), lambda netbox: netbox.get(SITES))
    gc.collect()
