"""The outside of a soak in a process of its own: the embedded Proxmox and NetBox, and whoever changes them."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from benchmarks.soaking.cluster import Administrators
from benchmarks.soaking.people import People
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread

PLUGIN = "0.0.29.post6"
BUSIEST = 6  # things that happen on each side between two collections


EVERYTHING = "scope: {snapshots: true, backups: true, tasks: {}, firewall: true, sdn: true, cpu_models: true}\n"


@dataclass(frozen=True)
class World:
    """How to reach it, and how to let time pass in it."""

    environ: dict[str, str]
    config: str
    pipe: Connection

    def turn(self) -> list[str]:
        """Let some things happen on both sides; return them in words."""
        self.pipe.send("turn")
        said: list[str] = self.pipe.recv()
        return said


@contextmanager
def a_world(seed: int, guests: int, *, plugin: bool = False) -> Iterator[World]:
    """Run the outside while the block runs."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(theirs, seed, guests, plugin), daemon=True
    )
    process.start()
    theirs.close()  # a world that ends early ends the pipe, and is not waited for
    try:
        environ, config = ours.recv()
        yield World(environ, config, ours)
    finally:
        ours.close()
        process.join()


def _run(pipe: Connection, seed: int, guests: int, plugin: bool) -> None:  # noqa: FBT001 # over a pipe
    features: Literal["guests", "all"] = "all" if plugin else "guests"
    cluster = ClusterDescription.seeded(seed, guests=guests, nodes=3, name="lab", features=features)
    plugins = {"netbox_proxbox": PLUGIN} if plugin else {}
    with FakeNetBoxThread(plugins=plugins) as netbox, ClusterServer(cluster) as proxmox:
        pipe.send(
            (
                {"NETBOX_TOKEN": netbox.token, "PVE_TOKEN": proxmox.token_secret},
                _config(netbox.url, proxmox) + (EVERYTHING if plugin else ""),
            )
        )
        often = random.Random(seed)  # noqa: S311 # reproducible, nothing secret
        administrators, people = Administrators(cluster, seed), People(netbox.fake, seed)
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            netbox.fake.requests.clear()  # the records of all requests would grow for ever
            proxmox.requests.clear()
            happened = [f"Proxmox: {administrators.act()}" for _ in range(often.randint(0, BUSIEST))]
            happened += [f"NetBox: {people.act()}" for _ in range(often.randint(0, BUSIEST))]
            pipe.send(happened)


def _config(url: str, proxmox: ClusterServer) -> str:
    return f"""\
netbox: {{url: "{url}", token: {{env: NETBOX_TOKEN}}}}
clusters:
  - name: lab
    host: {proxmox.host}
    port: {proxmox.port}
    token: {{id: "{proxmox.token_id}", secret: {{env: PVE_TOKEN}}}}
    ca_file: {proxmox.ca_file}
    site: DC1
mapping: {{create_sites: true}}
"""
