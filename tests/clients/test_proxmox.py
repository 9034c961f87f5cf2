"""The Proxmox client reads, explains every failure in one line, and keeps secrets to itself."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from proxmoxer.backends import https
from pydantic import SecretStr
from requests.cookies import create_cookie

from proxbox_plan.clients.proxmox import login as proxmox_login
from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.clients.proxmox.client import ProxmoxClient, ProxmoxReadError, api_path
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.demo.cluster import LOGIN_PAGE, ClusterDescription, ClusterServer
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import Incomplete
from tests.collect.proxmox.impatience import FOR_EVER, PATIENCE, impatient


@pytest.fixture(scope="module")
def shared() -> Iterator[ClusterServer]:
    """Serve a small cluster."""
    with ClusterServer(ClusterDescription.seeded(1, guests=5, nodes=2)) as running:
        yield running


@pytest.fixture
def server(shared: ClusterServer) -> Iterator[ClusterServer]:
    """Return the server without faults and with an empty log."""
    shared.forget()
    yield shared
    shared.two_factor = False


@pytest.fixture
def client(server: ClusterServer) -> Iterator[ProxmoxClient]:
    """Return a connected client."""
    with ProxmoxClient(server.connection(timeout=PATIENCE)) as connected:
        connected.connect()
        yield connected


def failure(client: ProxmoxClient, path: str = "/nodes/pve1/status") -> ProxmoxReadError:
    """Return the error of a read that fails."""
    with pytest.raises(ProxmoxReadError) as raised:
        client.get(path)
    return raised.value


def refused(connection: ProxmoxConnection) -> ProxmoxError:
    """Return the error of a connection that cannot be made."""
    with ProxmoxClient(connection) as client, pytest.raises(ProxmoxError) as raised:
        client.connect()
    assert not isinstance(raised.value, ProxmoxReadError)
    assert raised.value.hint
    assert "\n" not in raised.value.message
    return raised.value


def test_it_reads(client: ProxmoxClient, server: ClusterServer) -> None:
    """Parameters are sent, the data come back, and every request is a GET."""
    rows = client.get("/cluster/resources", type="node")
    assert {row["type"] for row in rows} == {"node"}
    assert {entry.method for entry in server.requests} == {"GET"}


def test_it_has_no_way_to_write(client: ProxmoxClient) -> None:
    """Read-only by construction: there is no method for anything else."""
    public = {name for name in dir(client) if not name.startswith("_")}
    assert public == {"connect", "close", "get"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Incomplete.SERVER_ERROR),
        (401, Incomplete.FORBIDDEN),
        (403, Incomplete.FORBIDDEN),
        (404, Incomplete.SERVER_ERROR),
        (500, Incomplete.SERVER_ERROR),
        (501, Incomplete.SERVER_ERROR),
        (502, Incomplete.UNREACHABLE),
        (503, Incomplete.UNREACHABLE),
        (504, Incomplete.TIMEOUT),
        (595, Incomplete.UNREACHABLE),
        (596, Incomplete.TIMEOUT),
        (599, Incomplete.UNREACHABLE),
    ],
)
def test_a_status_decides_the_reason(
    client: ProxmoxClient, server: ClusterServer, status: int, reason: Incomplete
) -> None:
    """The status code counts, never the text; the reason is quoted."""
    server.faults.add("/nodes/*", status=status, reason="some reason")
    error = failure(client)
    assert (error.reason, error.status) == (reason, status)
    assert error.message == f"GET /nodes/pve1/status: {status} some reason"


def test_a_lost_reason_phrase_is_taken_from_the_body(client: ProxmoxClient, server: ClusterServer) -> None:
    """Some proxies drop the phrase; newer versions repeat it in the body."""
    server.faults.add("/nodes/*", status=500, body='{"data":null,"message":"VM 100 is not running\\n"}', reason=" ")
    assert failure(client).message.endswith("500 VM 100 is not running")


@pytest.mark.parametrize("body", ["[]", '"text"', "<html>", '{"message": 7}', ""])
def test_an_error_with_any_body_is_an_error(client: ProxmoxClient, server: ClusterServer, body: str) -> None:
    """A library trap: proxmoxer itself trips over a JSON list in an error's body."""
    server.faults.add("/nodes/*", status=500, reason="why", body=body)
    assert failure(client).reason is Incomplete.SERVER_ERROR


@pytest.mark.parametrize(
    "body", [LOGIN_PAGE, "", "[]", '{"success": 1}', "null", "17", "{", "[" * 100_000, '{"data": "\udc80"']
)
def test_a_200_without_data_is_a_bad_answer(client: ProxmoxClient, server: ClusterServer, body: str) -> None:
    """A login page with status 200 is not data, nor is JSON without `data`."""
    server.faults.add("/nodes/*", body=body)
    assert failure(client).reason is Incomplete.BAD_ANSWER


def test_half_characters_are_replaced(client: ProxmoxClient, server: ClusterServer) -> None:
    """JSON can spell lone surrogates, which no UTF-8 file can hold; whole pairs stay."""
    server.faults.add("/nodes/*", body='{"data": [{"a\\udc00": "x\\ud800"}, "\\ud83d\\ude00", 7]}')
    assert client.get("/nodes/pve1/status") == [{"a\ufffd": "x\ufffd"}, "\U0001f600", 7]


def test_null_data_is_data(client: ProxmoxClient, server: ClusterServer) -> None:
    """`data: null` is legal."""
    server.faults.add("/nodes/*", data=None)
    assert client.get("/nodes/pve1/status") is None


def test_cut_json_is_a_bad_answer(client: ProxmoxClient, server: ClusterServer) -> None:
    """Half a document is no document."""
    server.faults.add("/nodes/*", truncate=True)
    assert failure(client).reason is Incomplete.BAD_ANSWER


@pytest.mark.parametrize("fields", [{"location": "https://elsewhere.example/"}, {"status": 302, "body": ""}])
def test_redirects_are_refused(client: ProxmoxClient, server: ClusterServer, fields: dict[str, Any]) -> None:
    """The token is not carried elsewhere, and a 3xx is not `None`."""
    server.faults.add("/nodes/*", **fields)
    error = failure(client)
    assert error.reason is Incomplete.BAD_ANSWER
    assert "redirected" in error.message


def test_a_hanging_answer_is_a_timeout(client: ProxmoxClient, server: ClusterServer) -> None:
    """The connection's timeout counts, the message is the same each time, and it is not asked twice."""
    server.faults.add("/nodes/*", hang=FOR_EVER)
    with impatient("/nodes/*"):
        error = failure(client)
    assert (error.reason, error.message) == (Incomplete.TIMEOUT, "GET /nodes/pve1/status: no answer within 30 s")
    assert server.asked("/nodes/pve1/status") == 1


def test_a_dropped_connection_is_tried_once_more(client: ProxmoxClient, server: ClusterServer) -> None:
    """A kept-alive connection may just have been closed; twice in a row it is unreachable."""
    server.faults.add("/nodes/*", drop=True, times=1)
    assert client.get("/nodes/pve1/status")
    server.faults.add("/nodes/*", drop=True)
    error = failure(client)
    assert error.reason is Incomplete.UNREACHABLE
    assert error.message == failure(client).message


def test_a_ticket_that_ran_out_is_renewed_once(server: ClusterServer) -> None:
    """A 401 in the middle of a run logs in again with the password, and then gives up."""
    with ProxmoxClient(server.connection(ticket=True)) as client:
        client.connect()
        server.expire_tickets()
        assert client.get("/nodes")
        assert server.asked("/access/ticket") == 2
        server.faults.add("/nodes", status=401, reason="no")
        assert failure(client, "/nodes").reason is Incomplete.FORBIDDEN


def test_a_ticket_that_cannot_be_renewed_is_a_refusal(server: ClusterServer) -> None:
    """The account was closed during the run: what is read from then on is forbidden."""
    with ProxmoxClient(server.connection(ticket=True)) as client:
        client.connect()
        server.expire_tickets()
        server.faults.add("/access/ticket", status=401, reason="authentication failure")
        assert failure(client, "/nodes").reason is Incomplete.FORBIDDEN


def test_threads_share_one_login(server: ClusterServer) -> None:
    """Every thread has its session; when the ticket runs out one of them renews it for all."""
    with ProxmoxClient(server.connection(ticket=True)) as client:
        client.connect()
        server.expire_tickets()
        threads = [threading.Thread(target=client.get, args=("/nodes",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.asked("/access/ticket") == 2


def test_a_ticket_is_sent_whatever_cookies_are_set(server: ClusterServer) -> None:
    """A library trap: proxmoxer forgets the ticket once the session has a cookie of its own: none is ever taken."""
    with ProxmoxClient(server.connection(ticket=True)) as client:
        client.connect()
        session = client._session()
        cookie = create_cookie("lb", "node1", domain=server.host)  # type: ignore[no-untyped-call]
        session.cookies.set_cookie_if_ok(cookie, Request(f"https://{server.host}/"))
        assert client.get("/nodes")
        assert len(session.cookies) == 0


def test_paths_are_quoted() -> None:
    """No name can reach beyond its segment; pool ids may contain a slash."""
    assert api_path("pools", "prod/web") == "/pools/prod%2Fweb"
    assert api_path("nodes", "a b?c#d", "qemu", 100) == "/nodes/a%20b%3Fc%23d/qemu/100"
    for name in ("", ".", ".."):
        with pytest.raises(ProxmoxReadError):
            api_path("nodes", name)


def test_a_quoted_path_arrives_as_one_segment(client: ProxmoxClient, server: ClusterServer) -> None:
    """A hostile node name stays a name."""
    failure(client, api_path("nodes", "x/../../access", "status"))
    assert not any(entry.path.startswith("/access") for entry in server.requests)


def test_messages_are_short_single_lines() -> None:
    """Control characters, line breaks and direction marks go, long texts are cut."""
    assert one_line(" a\r\n\tb\x1b[31m\u202ec ") == "a b [31m c"
    assert len(one_line("x" * 1000)) == 200


def test_secrets_are_never_shown(server: ClusterServer) -> None:
    """Neither repr nor messages hold a secret, even when the server repeats it."""
    connection = server.connection()
    client = ProxmoxClient(connection)
    with client:
        client.connect()
        server.faults.add("/nodes/*", status=500, reason=f"bad {server.token_secret}")
        assert failure(client).message.endswith("500 bad ***")
    assert server.token_secret not in repr(client) + repr(connection) + repr(vars(client))


def test_a_wrong_token_is_named(server: ClusterServer) -> None:
    """A 401 at the first call names the token's id, not its secret."""
    error = refused(server.connection(token_secret=SecretStr("wrong-secret")))
    assert "proxbox@pve!demo" in error.message
    assert "401" in error.message
    assert "wrong-secret" not in error.message + error.hint


def test_a_wrong_password_is_named(server: ClusterServer) -> None:
    """A failed login names the user."""
    error = refused(server.connection(ticket=True, password=SecretStr("wrong-password")))
    assert "proxbox@pve" in error.message
    assert "wrong-password" not in error.message + error.hint


def test_a_second_factor_is_explained(server: ClusterServer) -> None:
    """A password alone does not open such an account: the hint names the way out."""
    server.two_factor = True
    assert "API token" in refused(server.connection(ticket=True)).hint


def test_missing_credentials_are_explained(server: ClusterServer) -> None:
    """Without token and password nothing is sent."""
    assert "credentials" in refused(server.connection(token_secret=None)).message
    assert server.requests == []


def test_an_unknown_host_is_explained(server: ClusterServer) -> None:
    """The host name is the likely mistake."""
    error = refused(server.connection(host="no-such-host.invalid"))
    assert "no-such-host.invalid" in error.message
    assert "could not be" in error.message


@pytest.mark.parametrize("ticket", [False, True])
def test_a_refused_connection_is_explained(server: ClusterServer, *, ticket: bool) -> None:
    """The port is the likely mistake."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = refused(server.connection(ticket=ticket, port=free.getsockname()[1]))
    assert "refused the connection" in error.message


@pytest.mark.parametrize("ticket", [False, True])
def test_a_bad_certificate_is_explained(server: ClusterServer, *, ticket: bool) -> None:
    """Without the cluster's CA the hint says where to get it."""
    error = refused(server.connection(ticket=ticket, ca_file=None))
    assert "certificate" in error.message
    assert "pve-root-ca.pem" in error.hint


def test_the_environments_ca_bundle_is_used(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE stands in for a missing ca_file, as every user of requests expects."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
    with ProxmoxClient(server.connection(ca_file=None)) as client:
        assert client.connect()["version"]
        assert client.get("/nodes")


def test_the_environments_proxy_is_used(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY counts, and a proxy that does not work is explained."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    refused(server.connection())


@pytest.mark.slow
def test_an_ipv6_address_and_hosts_without_a_proxy(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is asked about a URL, in which such an address has brackets."""
    monkeypatch.setenv("no_proxy", "other.example")
    refused(server.connection(host="fd00::1", timeout=0.5, ca_file=None))


def test_a_missing_ca_file_is_explained(server: ClusterServer) -> None:
    """A CA file that is not there is named."""
    assert "/no/such/ca.pem" in refused(server.connection(ca_file=Path("/no/such/ca.pem"))).message


@pytest.mark.parametrize("ticket", [False, True])
@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nnonsense\n"])
def test_a_file_without_authorities_is_named(
    server: ClusterServer, tmp_path: Path, content: str, *, ticket: bool
) -> None:
    """Rather than blaming the server."""
    (tmp_path / "ca.pem").write_text(content)
    error = refused(server.connection(ticket=ticket, ca_file=tmp_path / "ca.pem"))
    assert str(tmp_path / "ca.pem") in error.message
    assert "PEM" in error.hint


def test_an_environment_that_names_no_file_is_explained(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE of another machine."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    assert "/no/such/bundle.pem" in refused(server.connection(ca_file=None)).message


def test_a_folder_of_authorities_will_do(
    server: ClusterServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenSSL keeps them: each under the hash of its name."""
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(server.ca_file)]
    name = subprocess.check_output(command, text=True).strip()
    (tmp_path / f"{name}.0").write_bytes(server.ca_file.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    with ProxmoxClient(server.connection(ca_file=None)) as client:
        assert client.connect()["version"]


def test_authorities_are_read_once(server: ClusterServer, tmp_path: Path) -> None:
    """For all connections of a run: with the file of all the world's, each reading takes longer than many reads."""
    file = tmp_path / "ca.pem"
    file.write_bytes(server.ca_file.read_bytes())
    with ProxmoxClient(server.connection(ca_file=file)) as client:
        client.connect()
        file.unlink()
        with ThreadPoolExecutor(max_workers=1) as another:  # a thread, and so a connection, of its own
            assert another.submit(client.get, "/nodes").result()


@pytest.mark.parametrize("path", ["/version", "/access/ticket"])
@pytest.mark.parametrize("fields", [{"body": LOGIN_PAGE}, {"location": "https://elsewhere.example/"}, {"data": None}])
def test_something_else_at_the_address_is_explained(server: ClusterServer, path: str, fields: dict[str, Any]) -> None:
    """A login page, a redirect, or data that are none."""
    server.faults.add(path, **fields)
    error = refused(server.connection(ticket=path == "/access/ticket"))
    assert "Proxmox" in error.message


@pytest.mark.covering
@pytest.mark.parametrize(("ticket", "path"), [(False, "/version"), (True, "/access/ticket")])
def test_a_silent_host_is_explained(server: ClusterServer, path: str, *, ticket: bool) -> None:
    """A timeout at login is told in seconds."""
    server.faults.add(path, hang=FOR_EVER)
    error = refused(server.connection(ticket=ticket, timeout=0.2))
    assert "did not answer within 0.2 seconds" in error.message


def test_a_broken_cluster_is_explained(server: ClusterServer) -> None:
    """A server error at the first call quotes it."""
    server.faults.add("/version", status=503, reason="no quorum")
    assert "503 no quorum" in refused(server.connection()).message


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_an_unverified_certificate_is_warned_of_once(server: ClusterServer) -> None:
    """With verify_tls off it works, with one warning."""
    warnings: list[str] = []
    with ProxmoxClient(server.connection(verify_tls=False, ca_file=None), warn=warnings.append) as client:
        client.connect()
        client.get("/nodes")
    assert len(warnings) == 1
    assert "not verified" in warnings[0]


def test_it_must_be_connected_first(server: ClusterServer) -> None:
    """Reading before connecting is a mistake of the caller, and told as one."""
    with ProxmoxClient(server.connection()) as client, pytest.raises(ProxmoxError, match="before it was connected"):
        client.get("/nodes")


def test_a_ticket_is_not_renewed_by_the_clock(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library trap: proxmoxer logs in with the old ticket after an hour, and fails in its own way."""
    with ProxmoxClient(server.connection(ticket=True)) as client:
        client.connect()
        later = time.monotonic() + 4000
        monkeypatch.setattr(https.time, "monotonic", lambda: later)
        assert client.get("/nodes")
    assert server.asked("/access/ticket") == 1


@pytest.mark.parametrize(
    ("host", "url"),
    [("pve", "https://pve:8006/api2/json"), ("2001:db8::1", "https://[2001:db8::1]:8006/api2/json")],
)
def test_ipv6_hosts_get_brackets(host: str, url: str) -> None:
    """An IPv6 address is written the way URLs want it."""
    connection = ProxmoxConnection(cluster="lab", host=host, user="a@pam")
    assert proxmox_login.base_url(connection) == url
