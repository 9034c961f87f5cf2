"""proxbox-api without its plugin's pages: a service that is started, told where both sides are, and asked to sync.

Starting it takes a minute or two, which is not measured. It keeps what it read from NetBox for 60 seconds, so the
second run waits longer than that.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import requests

from benchmarks.peers import seeding
from benchmarks.peers.cluster import NAME
from benchmarks.peers.processes import ToolError, last_line, program
from benchmarks.peers.scene import LIMIT_SECONDS, Scene, Tool
from benchmarks.peers.venvs import venv_of

PACKAGE, VERSION = "proxbox-api", "0.0.30.post2"
START_SECONDS = 300.0
CACHE_SECONDS = 65.0
CALL_SECONDS = 60.0
FASTER = {"PROXBOX_NETBOX_MAX_CONCURRENT": "8", "PROXBOX_BULK_BATCH_DELAY_MS": "0"}


@dataclass(frozen=True)
class _Service:
    scene: Scene
    url: str
    key: str

    def first(self) -> None:
        """Ask for a full update, and read its events to the end."""
        end = time.monotonic() + LIMIT_SECONDS
        try:
            with requests.get(
                f"{self.url}/full-update/stream", headers=self._headers(), stream=True, timeout=(10, LIMIT_SECONDS)
            ) as answer:
                _read_events(answer, end)
        except requests.RequestException as error:
            raise ToolError(f"the stream ended early: {type(error).__name__}") from error

    def second(self) -> None:
        """Ask again: it knows one way only."""
        self.first()

    def register(self) -> None:
        """Register a key, then say where NetBox and Proxmox are."""
        self._post("auth/register-key", {"api_key": self.key, "label": "benchmark"})
        cluster, netbox = self.scene.cluster, self.scene.netbox
        key, _, secret = netbox.token.removeprefix("nbt_").partition(".")
        self._post(
            "netbox/endpoint",
            {
                "name": "netbox",
                "ip_address": "127.0.0.1",
                "domain": "",
                "port": self.scene.proxy.port,
                "token_version": "v2",
                "token_key": key,
                "token": secret,
                "verify_ssl": False,
            },
        )
        self._post(
            "proxmox/endpoints",
            {
                "name": NAME,
                "ip_address": cluster.host,
                "port": cluster.port,
                "username": cluster.user,
                "token_name": cluster.token_name,
                "token_value": cluster.token_secret,
                "verify_ssl": False,
            },
        )

    def _post(self, path: str, body: dict[str, object]) -> None:
        try:
            answer = requests.post(f"{self.url}/{path}", json=body, headers=self._headers(), timeout=CALL_SECONDS)
        except requests.RequestException as error:
            raise ToolError(f"{path} does not answer: {type(error).__name__}") from error
        if not answer.ok:
            raise ToolError(f"{path} answers {answer.status_code}: {answer.text[:300]}")

    def _headers(self) -> dict[str, str]:
        return {"X-Proxbox-API-Key": self.key}


def _read_events(answer: requests.Response, end: float) -> None:
    """Read to the event `complete`, which says whether it went well."""
    if not answer.ok:
        raise ToolError(f"full-update answers {answer.status_code}: {answer.text[:300]}")
    event = ""
    for line in answer.iter_lines(decode_unicode=True):
        if time.monotonic() > end:
            raise ToolError(f"not done after {LIMIT_SECONDS:,.0f} s")
        if line.startswith("event:"):
            event = line.removeprefix("event:").strip()
        elif line.startswith("data:") and event == "complete":
            data = json.loads(line.removeprefix("data:"))
            if not data.get("ok", True):
                raise ToolError(f"it says: {str(data)[:300]}")
            return
    raise ToolError("the stream ended without the event `complete`")


@contextlib.contextmanager
def _session(scene: Scene, more: dict[str, str]) -> Iterator[_Service]:
    uvicorn = venv_of(PACKAGE, VERSION) / "bin" / "uvicorn"
    _seed(scene)
    port = _free_port()
    own = {"PROXBOX_DATABASE_PATH": str(scene.folder / "api.db"), "PROXBOX_ALLOW_PLAINTEXT_CREDENTIALS": "1"}
    command = [str(uvicorn), "proxbox_api.main:app", "--host", "127.0.0.1", "--port", str(port)]
    with program(command, scene.environment(**own, **more), scene.folder, scene.log) as process:
        service = _Service(scene, f"http://127.0.0.1:{port}", secrets.token_hex(32))
        _wait(service, process)
        service.register()
        yield service


def _seed(scene: Scene) -> None:
    """Make what 0.0.30.post2 needs of the plugin 0.0.29.post6: an endpoint, and the cluster that is bound to it."""
    netbox, cluster = scene.netbox, scene.cluster
    address = netbox.create("ipam/ip-addresses", address=f"{cluster.host}/32")
    endpoint = netbox.create(
        "plugins/proxbox/endpoints/proxmox",
        name=NAME,
        ip_address=address,
        port=cluster.port,
        mode="cluster",
        username=cluster.user,
        enabled=True,
        verify_ssl=False,
    )
    _, made = seeding.cluster(netbox)
    netbox.create("plugins/proxbox/proxmox-clusters", endpoint=endpoint, name=NAME, netbox_cluster=made, mode="cluster")


def _wait(service: _Service, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{service.url}/auth/bootstrap-status", timeout=CALL_SECONDS).ok:
                return
        time.sleep(0.5)
    raise ToolError(f"it does not start: {last_line(service.scene.log)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PROXBOX_API = Tool(f"{PACKAGE} {VERSION}", partial(_session, more={}), CACHE_SECONDS)
PROXBOX_API_FASTER = Tool(f"{PACKAGE}, 8 at once, no pauses", partial(_session, more=FASTER), CACHE_SECONDS)
