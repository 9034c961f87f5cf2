"""netbox-pve-sync: one command, run twice. Its page says what NetBox needs beforehand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import seeding
from benchmarks.peers.processes import run
from benchmarks.peers.scene import LIMIT_SECONDS, Scene, Tool
from benchmarks.peers.venvs import venv_of

PACKAGE, VERSION = "netbox-pve-sync", "0.2.4"
CUSTOM_FIELDS = (
    ("autostart", "boolean", "virtualization.virtualmachine"),
    ("replicated", "boolean", "virtualization.virtualmachine"),
    ("ha", "boolean", "virtualization.virtualmachine"),
    ("backup", "boolean", "virtualization.virtualdisk"),
    ("dns_name", "text", "ipam.prefix"),
)


@dataclass(frozen=True)
class _Command:
    scene: Scene
    program: Path
    cluster_id: int

    def first(self) -> None:
        """Run it."""
        scene, cluster = self.scene, self.scene.cluster
        environment = scene.environment(
            PVE_API_HOST=f"{cluster.host}:{cluster.port}",
            PVE_API_USER=cluster.user,
            PVE_API_TOKEN=cluster.token_name,
            PVE_API_SECRET=cluster.token_secret,
            NB_API_URL=scene.proxy.url,
            NB_API_TOKEN=scene.netbox.token_v1,
            NB_CLUSTER_ID=str(self.cluster_id),
        )
        run([str(self.program)], environment, scene.folder, scene.log, LIMIT_SECONDS)

    def second(self) -> None:
        """Run it again: it knows one way only."""
        self.first()


@contextlib.contextmanager
def _session(scene: Scene) -> Iterator[_Command]:
    program = venv_of(PACKAGE, VERSION) / "bin" / "nbpxsync"
    site, cluster = seeding.cluster(scene.netbox)
    seeding.devices(scene.netbox, site, cluster, scene.cluster.nodes)
    for name, kind, objects in CUSTOM_FIELDS:
        scene.netbox.create("extras/custom-fields", name=name, type=kind, object_types=[objects])
    yield _Command(scene, program, cluster)


NETBOX_PVE_SYNC = Tool(f"{PACKAGE} {VERSION}", _session)
