"""A bare script that sends our own plan's bodies, and reads the same lists: no tool that writes these can be quicker.

What it sends is prepared beforehand from a plan. It is no tool: it reads no Proxmox, plans nothing and checks nothing.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.peers import ours
from benchmarks.peers.cluster import NAME
from benchmarks.peers.processes import run
from benchmarks.peers.scene import LIMIT_SECONDS, Scene, Tool
from benchmarks.scripted import lists_of, requests_of
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan

AT_ONCE = 4
SEND, READ = "requests.json", "lists.json"


@dataclass(frozen=True)
class _Script:
    scene: Scene

    def first(self) -> None:
        """Send what an empty NetBox lacks."""
        self._run("send", SEND)

    def second(self) -> None:
        """Read it."""
        self._run("read", READ)

    def _run(self, *arguments: str) -> None:
        scene = self.scene
        environment = scene.environment(
            PYTHONPATH=str(ours.ROOT),
            NETBOX_URL=scene.proxy.url,
            NETBOX_TOKEN=scene.netbox.token,
            CONCURRENT=str(AT_ONCE),
        )
        run((sys.executable, "-m", "benchmarks.bare", *arguments), environment, scene.folder, scene.log, LIMIT_SECONDS)


@contextlib.contextmanager
def _session(scene: Scene) -> Iterator[_Script]:
    ours.plan(scene)
    plan = read_document(scene.folder / "plan.json", Plan)
    (scene.folder / SEND).write_text(json.dumps(requests_of(plan)), encoding="utf-8")
    (scene.folder / READ).write_text(json.dumps(lists_of(plan, NAME)), encoding="utf-8")
    yield _Script(scene)


SCRIPT = Tool("bare script of our requests", _session)
