"""The replayer behaves like a Proxmox API server, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.demo.cluster import LOGIN_PAGE, ClusterDescription, ClusterServer, Recording
from proxbox_plan.demo.cluster import certificate as certificates
from tests.recordings import CLUSTER_9, FOLDER, recording


@pytest.fixture(scope="module")
def shared() -> Iterator[ClusterServer]:
    """Serve a small cluster."""
    with ClusterServer(ClusterDescription.seeded(1, guests=10, nodes=2)) as running:
        yield running


@pytest.fixture
def server(shared: ClusterServer) -> Iterator[ClusterServer]:
    """Return the server without faults."""
    shared.forget()
    yield shared
    shared.two_factor = False


def get(server: ClusterServer, path: str, **more: Any) -> requests.Response:
    """Ask with the token."""
    headers = {"Authorization": f"PVEAPIToken={server.token_id}={server.token_secret}"}
    options: dict[str, Any] = {"headers": headers, "timeout": 10, "allow_redirects": False, **more}
    url = f"https://{server.host}:{server.port}/api2/json{path}"
    return requests.get(url, verify=str(server.ca_file), **options)  # noqa: S113  # it is in the options


def log_in(server: ClusterServer, password: str) -> requests.Response:
    """Ask for a ticket."""
    url = f"https://{server.host}:{server.port}/api2/json/access/ticket"
    form = {"username": server.user, "password": password}
    return requests.post(url, data=form, verify=str(server.ca_file), timeout=10)


def test_it_lets_the_token_in_and_nobody_else(server: ClusterServer) -> None:
    """A wrong secret, or none, is a 401 with the real reason."""
    assert get(server, "/version").json()["data"]["version"] == "9.2.11"
    wrong = get(server, "/version", headers={"Authorization": f"PVEAPIToken={server.token_id}=wrong"})
    assert (wrong.status_code, wrong.reason) == (401, "invalid token value!")
    assert get(server, "/version", headers={}).status_code == 401


def test_it_gives_tickets_that_run_out(server: ClusterServer) -> None:
    """A ticket works as a cookie until it expires."""
    assert log_in(server, "wrong").status_code == 401
    ticket = log_in(server, server.password).json()["data"]["ticket"]
    cookie: dict[str, Any] = {"headers": {}, "cookies": {"PVEAuthCookie": ticket}}
    assert get(server, "/version", **cookie).status_code == 200
    server.expire_tickets()
    assert get(server, "/version", **cookie).status_code == 401
    server.two_factor = True
    assert log_in(server, server.password).json()["data"]["NeedTFA"] == 1


def test_it_logs_what_was_asked(server: ClusterServer) -> None:
    """The log proves what a client sent."""
    server.requests.clear()
    get(server, "/cluster/resources?type=node")
    assert [(entry.method, entry.path, entry.query) for entry in server.requests] == [
        ("GET", "/cluster/resources", "type=node")
    ]
    assert server.asked("/cluster/resources") == 1


def test_it_refuses_to_write(server: ClusterServer) -> None:
    """Whatever would change something is not implemented."""
    headers = {"Authorization": f"PVEAPIToken={server.token_id}={server.token_secret}"}
    url = f"https://{server.host}:{server.port}/api2/json/nodes/pve1/qemu"
    assert requests.post(url, headers=headers, verify=str(server.ca_file), timeout=10).status_code == 501


def test_status_faults_hit_the_path_and_can_be_counted(server: ClusterServer) -> None:
    """A fault applies where its pattern matches, as often as it says."""
    server.faults.add("/nodes/*", status=596, reason="Connection timed out", times=1)
    assert get(server, "/version").status_code == 200
    first = get(server, "/nodes/pve1/status")
    assert (first.status_code, first.reason, first.text) == (596, "Connection timed out", "")
    assert get(server, "/nodes/pve1/status").status_code == 200


def test_bodies_can_be_broken(server: ClusterServer) -> None:
    """HTML, cut JSON, other data, redirects and dropped connections can be had."""
    server.faults.add("/version", body=LOGIN_PAGE)
    assert get(server, "/version").text == LOGIN_PAGE
    server.faults.add("/storage", truncate=True)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get(server, "/storage").json()
    server.faults.add("/pools", data=[])
    assert get(server, "/pools").json() == {"data": []}
    server.faults.add("/nodes", location="https://elsewhere.example/")
    assert get(server, "/nodes").status_code == 302
    server.faults.add("/cluster/status", drop=True)
    with pytest.raises(requests.ConnectionError):
        get(server, "/cluster/status")


def test_answers_can_hang(server: ClusterServer) -> None:
    """A hanging answer runs into the client's timeout."""
    server.faults.add("/version", hang=3600.0)
    with pytest.raises(requests.Timeout):
        get(server, "/version", timeout=0.2)


def test_it_serves_a_recording() -> None:
    """A recording's bodies, statuses and reasons come out as they were; the unrecorded is a 501."""
    with ClusterServer(recording(CLUSTER_9)) as server:
        assert get(server, "/version").json()["data"]["version"] == "9.2.11"
        gone = get(server, "/nodes/pve3/status")
        assert (gone.status_code, gone.reason, gone.text) == (595, "Connection refused", "")
        assert get(server, "/pools/?poolid=prod%2Fweb").json()["data"]
        assert get(server, "/nothing").status_code == 501


def test_recordings_load_plain_too(tmp_path: Path) -> None:
    """A recording need not be gzipped."""
    plain = tmp_path / "small.json"
    plain.write_text('{"description": "small", "responses": []}')
    assert Recording.load(plain).description == "small"
    assert Recording.load(FOLDER / f"{CLUSTER_9}.json.gz").answers


@pytest.mark.parametrize("with_cryptography", [True, False])
def test_the_certificate_can_be_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_cryptography: bool
) -> None:
    """However it is made, the key is private and the certificate is there."""
    if not with_cryptography:
        monkeypatch.setattr(certificates, "find_spec", lambda _: None)
    made = certificates.make_certificate(tmp_path)
    assert "BEGIN CERTIFICATE" in made.ca_file.read_text()
    assert made.key_file.stat().st_mode & 0o077 == 0


def test_without_any_way_to_make_a_certificate_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cryptography, no openssl: a clear error with the remedy."""
    monkeypatch.setattr(certificates, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ProxboxError) as raised:
        certificates.make_certificate(tmp_path)
    assert "cryptography" in raised.value.hint


def test_what_comes_late_does_not_count(server: ClusterServer) -> None:
    """Of a client that gave up before the server was given to the next test."""
    headers = {"Authorization": f"PVEAPIToken={server.token_id}={server.token_secret}"}
    server.forget()
    server.faults.add("/version", status=500)
    late = get(server, "/version", headers=headers)
    assert late.status_code == 401
    assert server.requests == []
    assert get(server, "/version").status_code == 500
