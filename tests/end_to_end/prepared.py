"""A stage with a state and a plan, made once for many tests; each gets it as if no other test had been."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.demo.netbox.store import StoreSnapshot
from tests import netbox_graphql
from tests.end_to_end.stage import Stage


@dataclass(frozen=True)
class Prepared:
    """The stage, its NetBox, and what that held when the plan was made."""

    stage: Stage
    netbox: FakeNetBoxThread
    objects: StoreSnapshot

    def fresh(self, folder: Path) -> Stage:
        """Return the stage in a folder of its own; neither server has a fault or remembers a request."""
        self.netbox.fake.restore(self.objects)
        self.netbox.fake.faults = None
        self.netbox.fake.requests.clear()
        self.stage.proxmox.faults.clear()
        self.stage.proxmox.requests.clear()
        shutil.copytree(self.stage.folder, folder, dirs_exist_ok=True)
        return replace(self.stage, folder=folder)


@contextmanager
def prepared(folder: Path, cluster: ClusterDescription) -> Iterator[Prepared]:
    """Collect a cluster and plan it against an empty NetBox."""
    with FakeNetBoxThread(graphql=netbox_graphql.answer) as netbox, ClusterServer(cluster) as server:
        stage = Stage(folder, netbox.url, netbox.token, server, fake=netbox.fake)
        stage.plan()
        yield Prepared(stage, netbox, netbox.fake.snapshot())
