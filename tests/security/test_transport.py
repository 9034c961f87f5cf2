"""What travels, and to whom: no redirect followed, no fallback from TLS, no endless answer, a warning each run."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxbox_plan.clients.proxmox import answer as proxmox_answer
from proxbox_plan.clients.proxmox.client import ProxmoxClient
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBox, FakeNetBoxThread, Fault
from tests.end_to_end.prepared import Prepared, prepared
from tests.end_to_end.stage import Stage


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Plan once."""
    cluster = ClusterDescription.seeded(1, guests=4, nodes=1, name="lab")
    with prepared(tmp_path_factory.mktemp("planned"), cluster) as found:
        yield found


@pytest.fixture
def ready(planned: Prepared, tmp_path: Path) -> tuple[Stage, FakeNetBox]:
    """Give a stage with a plan that was not applied."""
    stage = planned.fresh(tmp_path)
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    return stage, planned.netbox.fake


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Give a port that takes whatever is sent to it and hangs up, and what it took."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    peer, _ = server.accept()
                    with peer:
                        peer.settimeout(1)
                        taken.append(peer.recv(65536))
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], taken
        finally:
            ending.set()
            thread.join()


@pytest.mark.covering
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_netbox_redirects_nowhere(ready: tuple[Stage, FakeNetBox], status: int, method: str) -> None:
    """Neither a read nor a write follows: the token stays, and nothing counts as done."""
    stage, netbox = ready
    with listener() as (port, taken):
        place = {"Location": f"http://127.0.0.1:{port}/api/status/"}
        netbox.faults = lambda record: Fault(status=status, headers=place) if record.method == method else None
        said = stage.run("apply", "plan.json")
    assert said.code != 0
    assert taken == []
    assert "redirect" in said.err or "lock" in said.err


def test_proxmox_redirects_nowhere(ready: tuple[Stage, FakeNetBox]) -> None:
    """Not to plain http, not to another host, not with the password of a login."""
    stage, _ = ready
    connection = stage.proxmox.connection(ticket=True)
    with listener() as (port, taken):
        stage.proxmox.faults.add("*", location=f"http://127.0.0.1:{port}/")
        assert stage.run("collect").code == 1
        with ProxmoxClient(connection) as client, pytest.raises(ProxmoxError):
            client.connect()
    assert taken == []


@pytest.mark.parametrize("side", ["proxmox", "netbox"])
def test_a_tls_error_is_the_end(ready: tuple[Stage, FakeNetBox], side: str) -> None:
    """A certificate that no CA vouches for, or no TLS at all: nothing readable is sent, nothing is tried again."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    text = config.read_text()
    with listener() as (port, taken):
        if side == "proxmox":
            config.write_text(text.replace(f"port: {stage.proxmox.port}", f"port: {port}"))
        else:
            config.write_text(text.replace(stage.netbox_url, f"https://127.0.0.1:{port}"))
        said = stage.run(*(["collect"] if side == "proxmox" else ["plan", "--state", "state.json"]))
    assert said.code == 1
    assert said.err.startswith("Error: ")
    for sent in taken:  # a TLS hello holds no header
        assert b"HTTP/" not in sent
        assert b"Authorization" not in sent
    certificate = stage.proxmox.ca_file
    config.write_text(
        text.replace(f"    ca_file: {certificate}\n", "")
        if side == "proxmox"
        else text.replace(stage.netbox_url, f"https://127.0.0.1:{stage.proxmox.port}")
    )
    before = len(stage.proxmox.requests)
    said = stage.run(*(["collect"] if side == "proxmox" else ["plan", "--state", "state.json"]))
    assert said.code == 1
    assert "certificate" in said.err
    assert len(stage.proxmox.requests) == before


def test_a_plain_listener_is_no_proxmox(ready: tuple[Stage, FakeNetBox]) -> None:
    """There is no way to configure Proxmox without TLS."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    config.write_text(config.read_text().replace("host: 127.0.0.1", "host: http://127.0.0.1"))
    said = stage.run("collect")
    assert said.code == 1
    assert "no https://" in said.err


@pytest.mark.covering
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_unverified_tls_is_said_in_every_run(ready: tuple[Stage, FakeNetBox]) -> None:
    """On both sides, each time, even when it works."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    text = config.read_text()
    config.write_text(text.replace(f"    ca_file: {stage.proxmox.ca_file}\n", "    verify_tls: false\n"))
    for _ in range(2):
        said = stage.run("collect")
        assert said.code == 0, said
        assert said.err.count("Warning: ") == 1
        assert "not verified" in said.err
    config.write_text(text.replace("  token: {env: NETBOX_TOKEN}", "  token: {env: NETBOX_TOKEN}\n  verify_tls: false"))
    for arguments in (["plan", "--state", "state.json"], ["drift", "--state", "state.json"], ["apply", "plan.json"]):
        said = stage.run(*arguments)
        assert "Warning: TLS verification of NetBox is off" in said.err, said


def test_unverified_netbox_works_and_warns(tmp_path: Path) -> None:
    """A NetBox with a certificate of its own: refused, then trusted by name, then unverified with a warning."""
    server = ClusterServer(ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    with server as proxmox, FakeNetBoxThread(ssl_context=server._context) as netbox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.good("collect")
        stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
        assert "not trusted" in stage.run("plan", "--state", "state.json").err
        assert netbox.fake.requests == []
        stage.configure(netbox=f"  ca_file: {proxmox.ca_file}")
        assert "Warning" not in stage.run("plan", "--state", "state.json").err
        stage.configure(netbox="  verify_tls: false")
        said = stage.run("plan", "--state", "state.json")
        assert said.code == 0
        assert "Warning: TLS verification of NetBox is off" in said.err


Talk = Callable[[ssl.SSLSocket], None]


@contextmanager
def talking(server: ClusterServer, talk: Talk) -> Iterator[int]:
    """Give the port of a server with the cluster's certificate that says whatever it likes."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        plain.settimeout(0.1)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    peer, _ = plain.accept()
                    with server._context.wrap_socket(peer, server_side=True) as secure:
                        secure.settimeout(2)
                        secure.recv(65536)
                        talk(secure)
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield plain.getsockname()[1]
        finally:
            ending.set()
            thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _endless(peer: ssl.SSLSocket) -> None:
    peer.sendall(HEAD + b"\r\n" + b'{"data": "')
    while True:
        peer.sendall(b"x" * 65536)


def _dripping(peer: ssl.SSLSocket) -> None:
    peer.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        peer.sendall(b" ")
        time.sleep(0.02)


def _chunks(peer: ssl.SSLSocket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.sendall(b"1\r\nx\r\n")
        time.sleep(0.02)


def _no_gzip(peer: ssl.SSLSocket) -> None:
    peer.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")


def _headers(peer: ssl.SSLSocket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000)


def _no_http(peer: ssl.SSLSocket) -> None:
    peer.sendall(b"\x00\xff\x1b[2J\r\n\r\n")


@pytest.mark.parametrize("talk", [_endless, _dripping, _chunks, _no_gzip, _headers, _no_http])
@pytest.mark.parametrize("ticket", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_an_answer_without_end(talk: Talk, ticket: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """A server that talks without end, a byte at a time, or nonsense: the call comes to an end, with an error."""
    monkeypatch.setattr(proxmox_answer, "LARGEST_ANSWER", 10_000_000)
    server = ClusterServer(ClusterDescription.seeded(1, guests=4, nodes=1))
    with server, talking(server, talk) as port:
        connection = server.connection(ticket=ticket, port=port, timeout=0.5)
        with ProxmoxClient(connection) as client, pytest.raises(ProxmoxError):
            client.connect()
