"""A stage with a plan and a fake NetBox, for whole commands that do not come to their end."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.demo.netbox.store import Snapshot
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from tests.apply.content import Content
from tests.end_to_end.stage import Stage


@dataclass
class Scene:
    """A stage with a plan, the fake's objects before it, and what it holds afterwards."""

    stage: Stage
    netbox: FakeNetBoxThread
    before: Snapshot
    after: Content
    requests: int

    def fresh(self, folder: Path) -> Stage:
        """Go back to before the apply, in a folder of its own."""
        self.netbox.fake.restore(self.before)
        self.netbox.fake.requests.clear()
        for name in ("plan.json", "state.json", "proxbox.yaml"):
            shutil.copy(self.stage.folder / name, folder / name)
        stage = Stage.__new__(Stage)
        stage.__dict__.update(self.stage.__dict__, folder=folder)
        return stage

    def wait_for(self, count: int) -> None:
        """Wait until NetBox has seen so many requests."""
        deadline = time.monotonic() + 30
        while len(self.netbox.fake.requests) < count:
            assert time.monotonic() < deadline, len(self.netbox.fake.requests)
            time.sleep(0.001)


def cluster() -> ClusterDescription:
    """Return the cluster that is synced."""
    return ClusterDescription.seeded(11, guests=30, nodes=2, name="lab")


def resume(stage: Stage) -> None:
    """Finish what a killed process left, unless it was at its very end."""
    outcome = stage.folder / "plan.outcome.json"
    if not (outcome.exists() and read_document(outcome, Outcome).complete):
        stage.good("apply", "plan.json", "--resume")
