"""A folder with a configuration and a saved state of a seeded cluster, for whole commands against a real NetBox."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.documents import write_document
from proxbox_plan.model.connection import ProxmoxConnection
from scripts.real_netbox import TOKEN, URL, real_netbox, testbed

REPOSITORY = Path(__file__).parents[1]
PROXBOX = (sys.executable, "-c", "from proxbox_plan.cli.main import main; main()")
NODES = 8
CONFIG = """\
netbox: {{url: "{url}", token: {{env: NETBOX_TOKEN}}}}
clusters:
  - {{name: lab, host: pve.example, token: {{id: "a@pam!b", secret: {{env: PVE_TOKEN}}}}, site: DC1}}
mapping: {{create_sites: true}}
scope: {{plugin: false}}
"""


@dataclass(frozen=True)
class Place:
    """Where the commands run: a folder with proxbox.yaml and state.json, and the NetBox they speak to."""

    folder: Path
    url: str
    token: str
    environ: Mapping[str, str]

    def proxbox(self, *words: str) -> float:
        """Run one of our commands as a process; return the seconds it took."""
        return self.run([*PROXBOX, *words])

    def run(self, command: list[str]) -> float:
        """Run a process in the folder; return the seconds it took."""
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603  # our own commands
            command, cwd=self.folder, env=dict(self.environ), check=False, capture_output=True, text=True
        )
        took = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(f"{command[-3:]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return took

    def empty(self) -> None:
        """Give NetBox an empty database again, and let its workers find that out."""
        testbed("reset")
        for _ in range(3):
            self.proxbox("plan", "--state", "state.json", "-o", "warm.json")


@contextmanager
def place(guests: int) -> Iterator[Place]:
    """Bring a NetBox up and make the folder; both are gone afterwards."""
    with real_netbox() as environ, TemporaryDirectory() as name:
        folder = Path(name)
        url, token = environ[URL], environ[TOKEN]
        (folder / "proxbox.yaml").write_text(CONFIG.format(url=url))
        _save_state(guests, folder / "state.json")
        kept = {name: os.environ[name] for name in ("PATH", "HOME")}
        secrets = {"NETBOX_TOKEN": token, "PVE_TOKEN": "none"}
        yield Place(folder, url, token, kept | secrets | {"PYTHONPATH": str(REPOSITORY)})


def _save_state(guests: int, path: Path) -> None:
    description = ClusterDescription.seeded(7, guests=guests, nodes=NODES, name="lab")
    with ClusterServer(description) as server:
        user, _, name = server.token_id.partition("!")
        connection = ProxmoxConnection(
            cluster="lab",
            host=server.host,
            port=server.port,
            user=user,
            token_name=name,
            token_secret=SecretStr(server.token_secret),
            ca_file=server.ca_file,
        )
        write_document(collect([connection]), path)
