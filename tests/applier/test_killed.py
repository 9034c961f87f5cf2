"""The process is killed, interrupted, or finds the disk full: --resume brings NetBox to the same end."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.demo.netbox.store import Snapshot
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from tests.applier.content import Content, content
from tests.applier.lab import Lab
from tests.end_to_end.stage import REPOSITORY, Stage

MOMENTS = 10
REAL_MOMENTS = 12


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


@pytest.fixture(scope="module")
def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Plan a first sync, and apply it once undisturbed."""
    with ExitStack() as stack:
        netbox = stack.enter_context(FakeNetBoxThread(row_latency=0.001))
        server = stack.enter_context(ClusterServer(cluster()))
        stage = Stage(tmp_path_factory.mktemp("stage"), netbox.url, netbox.token, server)
        stage.plan()
        before = netbox.fake.snapshot()
        netbox.fake.requests.clear()
        stage.apply()
        yield Scene(stage, netbox, before, content(netbox.fake), len(netbox.fake.requests))


@pytest.fixture
def scene(shared_scene: Scene) -> Iterator[Scene]:
    """Give it without faults."""
    yield shared_scene
    shared_scene.netbox.fake.faults = None


def killed(stage: Stage, moment: float) -> bool:
    """Kill the process after some time, and say whether it still ran."""
    with stage.start("apply", "plan.json") as process:
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -signal.SIGKILL


def test_sigkill_at_random_moments(scene: Scene, tmp_path: Path) -> None:
    """Trap 16: whatever was written, on its way or locked: --resume ends where an undisturbed apply ends."""
    dice = random.Random(5)  # noqa: S311 # moments, not secrets
    kills = 0
    for number in range(MOMENTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        stage = scene.fresh(folder)
        with stage.start("apply", "plan.json") as process:
            scene.wait_for(dice.randrange(2, scene.requests - 1))
            time.sleep(dice.random() * 0.02)
            process.kill()
            process.communicate()
        if process.returncode == -signal.SIGKILL:
            kills += 1
            stage.good("apply", "plan.json", "--resume")
        assert content(scene.netbox.fake) == scene.after, number
        assert not (folder / "plan.journal.jsonl").exists()
        assert stage.plan().changes == ()
    assert kills > MOMENTS // 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_batch(scene: Scene, tmp_path: Path, number: signal.Signals) -> None:
    """Exit 5; the outcome names the signal and says exactly what landed; a resume finishes."""
    stage = scene.fresh(tmp_path)
    slow = Fault(delay=0.5)
    scene.netbox.fake.faults = lambda record: slow if record.path.endswith("/virtual-machines/") else None
    with stage.start("apply", "plan.json") as process:
        wait_for_machines(scene)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 5, err
    assert f"stopped by {number.name}" in err
    outcome = read_document(tmp_path / "plan.outcome.json", Outcome)
    landed = [item for item in outcome.results if item.kind == "virtual-machine" and item.result is Result.DONE]
    machines = scene.netbox.fake.rows("virtualization.virtualmachine")
    assert {item.netbox_id for item in landed} == set(machines)
    assert landed
    assert not (tmp_path / ".proxbox-apply.lock").exists()
    scene.netbox.fake.faults = None
    stage.good("apply", "plan.json", "--resume")
    assert content(scene.netbox.fake) == scene.after


def wait_for_machines(scene: Scene) -> None:
    """Wait until the first virtual machines are sent."""
    deadline = time.monotonic() + 30
    while not any(_makes_machines(record) for record in tuple(scene.netbox.fake.requests)):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _makes_machines(record: RequestRecord) -> bool:
    return record.method == "POST" and record.path.endswith("/virtual-machines/")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_anything_was_written(scene: Scene, tmp_path: Path, number: signal.Signals) -> None:
    """The command ends as interrupted; no lock stays, here or on NetBox, and nothing is there to resume."""
    stage = scene.fresh(tmp_path)
    scene.netbox.fake.faults = lambda record: Fault(delay=0.5) if record.method == "POST" else None
    with stage.start("apply", "plan.json") as process:
        scene.wait_for(2)
        time.sleep(0.1)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode in (130, 5), err
    assert not (tmp_path / "plan.journal.jsonl").exists() or process.returncode == 5
    scene.netbox.fake.faults = None
    stage.good("apply", "plan.json", "--resume")
    assert content(scene.netbox.fake) == scene.after


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [600, 5_000, 20_000, 40_000])
def test_a_disk_that_fills_up(lab: Lab, tmp_path: Path, size: int) -> None:
    """Nothing more is sent; the outcome tells the truth about what landed; a resume finishes."""
    with full_disk(size):
        outcome = lab.apply(tmp_path)
    assert "cannot write the journal" in outcome.stopped
    made = {item.netbox_id for item in outcome.results
            if item.kind == "virtual-disk" and item.action == "create" and item.result is Result.DONE}  # fmt: skip
    new = set(lab.netbox.fake.rows("virtualization.virtualdisk")) - set(lab.before.rows["virtualization.virtualdisk"])
    assert made == new
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


def test_a_full_disk_in_words(scene: Scene, tmp_path: Path) -> None:
    """A clear error and an exit code; whatever could be written is whole, and a resume finishes."""
    stage = scene.fresh(tmp_path)
    with full_disk(30_000):
        said = stage.run("apply", "plan.json")
    assert said.code in (1, 5), said
    assert "cannot" in said.err
    assert "bug" not in said.err
    stage.good("apply", "plan.json", "--resume")
    assert content(scene.netbox.fake) == scene.after


def test_a_journal_that_cannot_be_made(scene: Scene, tmp_path: Path) -> None:
    """Is said before anything is written, and leaves no lock."""
    stage = scene.fresh(tmp_path)
    (tmp_path / "plan.journal.jsonl").mkdir()
    said = stage.run("apply", "plan.json")
    assert said.code == 1
    assert "cannot read the journal" in said.err
    (tmp_path / "plan.journal.jsonl").rmdir()
    (tmp_path / "plan.journal.jsonl").symlink_to(tmp_path / "nowhere" / "journal")
    said = stage.run("apply", "plan.json")
    assert said.code == 1
    assert "cannot write the journal" in said.err
    assert [record.path for record in scene.netbox.fake.requests if record.method == "POST"] == ["/api/extras/tags/"]
    assert scene.netbox.fake.rows("extras.tag") == {}
    (tmp_path / "plan.journal.jsonl").unlink()
    stage.apply()


def test_unlock_after_a_crash(scene: Scene, tmp_path: Path) -> None:
    """The lock of a killed run is named with its id; `unlock` removes it here and on NetBox, and a plan works again."""
    stage = scene.fresh(tmp_path)
    with stage.start("apply", "plan.json") as process:
        scene.wait_for(scene.requests // 2)
        process.kill()
        process.communicate()
    (tmp_path / "plan.journal.jsonl").unlink()
    refused = stage.run("apply", "plan.json")
    assert refused.code == 6
    lock_id = refused.err.rpartition("proxbox unlock ")[2].split()[0]
    assert stage.run("unlock", "wrong").code == 6
    assert "lock file" in (said := stage.good("unlock", lock_id)) or ".proxbox-apply.lock" in said
    assert "NetBox" in said
    assert stage.plan().changes
    stage.apply()
    assert stage.plan().changes == ()


@pytest.mark.netbox
@pytest.mark.slow
def test_sigkill_on_a_real_netbox(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As on the fake; PROXBOX_TEST_KILLS sets how many moments."""
    found = request.getfixturevalue("real_netbox")
    dice = random.Random(os.environ.get("PROXBOX_TEST_SEED", "1"))  # noqa: S311 # moments, not secrets
    description = cluster()
    expected: list[tuple[str, ...]] = []
    with ClusterServer(description) as server:
        for number in range(int(os.environ.get("PROXBOX_TEST_KILLS", REAL_MOMENTS)) + 1):
            _reset()
            folder = tmp_path / str(number)
            folder.mkdir()
            stage = Stage(folder, found.url, found.token, server)
            stage.environ["PROXBOX_NETBOX_RETRY_DELAY"] = "0.5"
            stage.plan()
            begun = time.monotonic()
            if not expected:
                stage.apply()
                took = time.monotonic() - begun
                expected = _objects(stage)
            elif killed(stage, 0.5 + dice.random() * took):
                stage.good("apply", "plan.json", "--resume")
            assert _objects(stage) == expected, number
            assert stage.plan().changes == (), number
    assert len(expected) > 200


def _reset() -> None:
    script = REPOSITORY / "testbed" / "netbox.py"
    subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)  # noqa: S603 - our own script


def _objects(stage: Stage) -> list[tuple[str, ...]]:
    """Return key and shown name of everything we manage, each as often as it is there."""
    found: list[tuple[str, ...]] = []
    for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
                 "ipam/ip-addresses", "dcim/devices", "dcim/interfaces", "dcim/mac-addresses", "ipam/vlans",
                 "extras/tags", "dcim/platforms"):  # fmt: skip
        for row in stage.netbox(path):
            key = (row.get("custom_fields") or {}).get("proxbox_key") or ""
            primary = row.get("primary_ip4") or {}
            found.append((path, key, row["display"], primary.get("address", "")))
    return sorted(found)


def test_the_plan_of_the_scene_is_worth_the_effort(scene: Scene) -> None:
    """About 300 objects, and more requests than the killer has moments."""
    assert len(read_document(scene.stage.folder / "plan.json", Plan).changes) > 200
    assert scene.requests > MOMENTS
