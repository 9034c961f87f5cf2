"""A stage: a Proxmox server, a NetBox and a folder, and the commands as a user types them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from proxbox_plan.cli.main import run as run_command
from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBox
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State
from tests.end_to_end.settled import SettledNetBoxes

COMMAND = (sys.executable, "-c", "from proxbox_plan.cli.main import main; main()")
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Stage:
    """Everything one end-to-end test needs."""

    folder: Path
    netbox_url: str
    netbox_token: str
    proxmox: ClusterServer
    environ: dict[str, str] = field(default_factory=dict)
    fake: FakeNetBox | None = None
    settled: SettledNetBoxes | None = None

    def __post_init__(self) -> None:
        """Write the configuration."""
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROXBOX_")},
            "PYTHONPATH": str(REPOSITORY),
            "NETBOX_TOKEN": self.netbox_token,
            "PVE_TOKEN": self.proxmox.token_secret,
            "PROXBOX_NETBOX_RETRY_DELAY": "0.01",
            "PROXBOX_NETBOX_MAX_RETRIES": "3",
        }
        self.configure()

    def configure(self, *, netbox: str = "", cluster: str = "", rest: str = "mapping: {create_sites: true}") -> None:
        """Write proxbox.yaml with more lines in its sections; without a `scope` the plugin's kinds are off.

        The real NetBox runs the plugin, and what most tests say of a plan is about NetBox's own kinds.
        """
        if "scope:" not in rest:
            rest += "\nscope: {plugin: false}"
        text = f"""netbox:
  url: {self.netbox_url}
  token: {{env: NETBOX_TOKEN}}
{netbox}
clusters:
  - name: lab
    host: {self.proxmox.host}
    port: {self.proxmox.port}
    token: {{id: "{self.proxmox.token_id}", secret: {{env: PVE_TOKEN}}}}
    ca_file: {self.proxmox.ca_file}
    workers: 2
    site: DC1
{cluster}
{rest}
"""
        (self.folder / "proxbox.yaml").write_text(text)

    def configure_two(self, server: ClusterServer, more: str = "") -> None:
        """Write proxbox.yaml with a second cluster, `other` at site DC2."""
        self.environ["OTHER_TOKEN"] = server.token_secret
        self.configure(
            cluster=f"""
  - name: other
    host: {server.host}
    port: {server.port}
    token: {{id: "{server.token_id}", secret: {{env: OTHER_TOKEN}}}}
    ca_file: {server.ca_file}
    site: DC2
{more}
"""
        )

    def run(self, *arguments: str) -> Said:
        """Run one command in the folder."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), patch.dict(os.environ, self.environ, clear=True):  # noqa: SIM117
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run_command(arguments)
        return Said(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command in the folder, as a process of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environ,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def good(self, *arguments: str) -> str:
        """Run one command that must end well; return what it printed."""
        said = self.run(*arguments)
        assert said.code == 0, said
        return said.out

    def collect(self) -> State:
        """Collect into state.json."""
        self.good("collect")
        return read_document(self.folder / "state.json", State)

    def plan(self, *options: str) -> Plan:
        """Collect and plan into plan.json."""
        self.good("collect")
        self.good("plan", "--state", "state.json", *options)
        return read_document(self.folder / "plan.json", Plan)

    def apply(self, *options: str) -> str:
        """Apply plan.json."""
        return self.good("apply", "plan.json", *options)

    def settle(self) -> Plan:
        """Plan, apply, and be sure that nothing is left to do."""
        plan = self.plan()
        is_empty = self.settled is not None and self.ask("GET", "core/object-changes/?limit=1")["count"] == 0
        if self.settled is not None and is_empty and self.settled.bring(plan, self.folder):
            return plan  # nothing was left to do in the one that this is a copy of
        if plan.changes:
            self.apply()
        self.good("plan", "--state", "state.json")
        assert read_document(self.folder / "plan.json", Plan).changes == ()
        if self.settled is not None and is_empty and plan.changes:
            self.settled.keep(plan, self.folder)
        return plan

    def netbox(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return every row of a NetBox list, as another client sees it.

        Its links to the next page are right only where the web server in front of NetBox passes the port on.
        """
        asked = urlencode({"limit": 500, **query}, doseq=True)
        rows: list[dict[str, Any]] = []
        while asked:
            page = self.ask("GET", f"{path}/?{asked}")
            rows += page["results"]
            asked = urlsplit(page["next"] or "").query
        return rows

    def ask(self, method: str, url: str, body: Any = None) -> Any:
        """Send one request to NetBox, as a person's script would."""
        keyword = "Bearer" if self.netbox_token.startswith("nbt_") else "Token"
        headers = {"Authorization": f"{keyword} {self.netbox_token}", "Content-Type": "application/json"}
        full = url if url.startswith("http") else f"{self.netbox_url}/api/{url}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(full, data=data, method=method, headers=headers)  # noqa: S310 - a test server
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise AssertionError(f"{method} {full}: {error.code} {said}") from error
        return json.loads(text) if text else None

    def edit(self, path: str, name: str, **fields: Any) -> None:
        """Let a person edit the object of that name."""
        row = next(row for row in self.netbox(path) if row["name"] == name)
        self.ask("PATCH", f"{path}/{row['id']}/", fields)


def addresses(plan: Plan) -> list[tuple[str, str]]:
    """Return (action, address) of every change, sorted."""
    return sorted((change.action.value, change.address) for change in plan.changes)
