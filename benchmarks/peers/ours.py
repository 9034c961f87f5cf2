"""proxbox-plan, as a user runs it: `plan` and `apply` the first time, `plan` when nothing has changed.

A pipeline that keeps the inventory of its last plan has a row of its own, for what it takes when nothing has changed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.cluster import NAME
from benchmarks.peers.processes import run
from benchmarks.peers.scene import LIMIT_SECONDS, Scene, Tool
from proxbox_plan.collect.netbox.refresh import OVERLAP

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from proxbox_plan.cli.main import main; main()")
CONFIG = """\
netbox: {{url: "{url}", token: {{env: NETBOX_TOKEN}}}}
clusters:
  - name: {name}
    host: "{host}"
    port: {port}
    token: {{id: "{user}!{token}", secret: {{env: PVE_TOKEN}}}}
    ca_file: {ca_file}
    site: DC1
mapping: {{create_sites: true}}
"""


@dataclass(frozen=True)
class _Commands:
    scene: Scene
    options: tuple[str, ...] = ()  # of each plan

    def first(self) -> None:
        """Plan and apply."""
        self.plan()
        self._run("apply", "plan.json")

    def plan(self) -> None:
        """Plan."""
        self._run("plan", *self.options)

    def second(self) -> None:
        """Plan, and find nothing: any other end is an error."""
        self._run("plan", "--detailed-exitcode", *self.options)

    def _run(self, *arguments: str) -> None:
        scene = self.scene
        secrets = {"NETBOX_TOKEN": scene.netbox.token, "PVE_TOKEN": scene.cluster.token_secret}
        environment = scene.environment(PYTHONPATH=str(ROOT), **secrets)
        run((*COMMAND, *arguments), environment, scene.folder, scene.log, LIMIT_SECONDS)


def plan(scene: Scene) -> None:
    """Make the first plan alone."""
    with _session(scene) as session:
        session.plan()


@contextlib.contextmanager
def _session(scene: Scene, *options: str) -> Iterator[_Commands]:
    cluster = scene.cluster
    text = CONFIG.format(
        url=scene.proxy.url,
        name=NAME,
        host=cluster.host,
        port=cluster.port,
        user=cluster.user,
        token=cluster.token_name,
        ca_file=cluster.ca_file,
    )
    (scene.folder / "proxbox.yaml").write_text(text, encoding="utf-8")
    yield _Commands(scene, options)


def _cached(scene: Scene) -> contextlib.AbstractContextManager[_Commands]:
    return _session(scene, "--inventory-cache", "cache.json")


OURS = Tool("proxbox-plan", _session)
# What the first of the second runs reads was written long enough before, so that the others need not read it again.
OURS_CACHED = Tool("proxbox-plan, inventory kept", _cached, pause=OVERLAP + 5)
