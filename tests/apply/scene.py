"""A stage with a plan and a fake NetBox, for whole commands that do not come to their end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.demo.netbox.store import StoreSnapshot
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from tests.apply.content import Content, rows_of
from tests.end_to_end.stage import Stage


@dataclass
class Scene:
    """A stage with a plan, the fake's objects before it, and what it holds afterwards."""

    stage: Stage
    netbox: FakeNetBoxThread
    before: StoreSnapshot
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

    def hold(self, which: Callable[[RequestRecord], bool], *, handled: bool = False) -> Held:
        """Let NetBox hold some requests, before or after they are handled, until they are released."""
        held = Held(which, handled=handled)
        self.netbox.fake.faults = held
        return held

    def progress(self) -> float:
        """Return which part of all objects is there."""
        there = sum(len(rows_of(self.netbox.fake, label)) for label in self.after)
        return there / sum(map(len, self.after.values()))

    def rest(self) -> None:
        """Wait until NetBox has nothing left to do."""
        while self.netbox.fake.at_work:
            time.sleep(0.001)


@dataclass
class Held:
    """Requests that NetBox does not answer, so that something can happen meanwhile, however long it takes."""

    which: Callable[[RequestRecord], bool]
    handled: bool = False
    begun: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Hold one request."""
        if self.released.is_set() or not self.which(record):
            return None
        self.begun.set()
        return Fault(late=self._is_held) if self.handled else Fault(held=self._is_held)

    def _is_held(self) -> bool:
        return not self.released.is_set()

    def wait(self) -> None:
        """Wait until there is one."""
        assert self.begun.wait(120)

    def release(self) -> None:
        """Let NetBox go on."""
        self.released.set()


def cluster() -> ClusterDescription:
    """Return the cluster that is synced."""
    return ClusterDescription.seeded(11, guests=30, nodes=2, name="lab")


def resume(stage: Stage) -> None:
    """Finish what a killed process left, unless it was at its very end."""
    outcome = stage.folder / "plan.outcome.json"
    if not (outcome.exists() and read_document(outcome, Outcome).complete):
        stage.good("apply", "plan.json", "--resume")
