"""The process is killed or interrupted: --resume brings NetBox to the same end."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from proxbox_plan.demo.netbox import RequestRecord
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from tests.apply.content import content
from tests.apply.scene import Scene, resume
from tests.end_to_end.stage import Stage
from tests.examples import EXHAUSTIVE, THOROUGH

MOMENTS = 20 if EXHAUSTIVE else 8 if THOROUGH else 5
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@pytest.mark.slow
def test_sigkill_at_random_moments(scene: Scene, tmp_path: Path) -> None:
    """Trap 16: whatever was written, on its way or locked: --resume ends where an undisturbed apply ends."""
    dice = random.Random(5)  # noqa: S311 # moments, not secrets
    for number in range(MOMENTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        stage = scene.fresh(folder)
        moment = dice.random()
        kill(scene, stage, moment, handled=number % 2 == 0)
        resume(stage)
        assert content(scene.netbox.fake) == scene.after, moment
        assert not (folder / ".proxbox-apply.lock").exists()
        if number == MOMENTS - 1:
            assert stage.plan().changes == ()


def kill(scene: Scene, stage: Stage, moment: float, *, handled: bool) -> None:
    """Kill an apply that has made this part of the objects: what it waits for is handled already, or afterwards."""
    held = scene.hold(lambda _: scene.progress() >= moment, handled=handled)
    with stage.start("apply", "plan.json") as process:
        held.wait()
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    held.release()
    scene.rest()


@pytest.mark.slow
@SIGNALS
def test_a_signal_finishes_the_batch(scene: Scene, tmp_path: Path, number: signal.Signals) -> None:
    """Exit 5; the outcome names the signal and says exactly what landed; a resume finishes."""
    stage = scene.fresh(tmp_path)
    held = scene.hold(_makes_machines)
    with stage.start("apply", "plan.json") as process:
        held.wait()
        process.send_signal(number)
        held.release()
        _, err = process.communicate()
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


def _makes_machines(record: RequestRecord) -> bool:
    return record.method == "POST" and record.path.endswith("/virtual-machines/")


@pytest.mark.slow
@SIGNALS
def test_a_signal_before_anything_was_written(scene: Scene, tmp_path: Path, number: signal.Signals) -> None:
    """The command ends as interrupted; no lock stays, here or on NetBox, and nothing is there to resume."""
    stage = scene.fresh(tmp_path)
    held = scene.hold(lambda record: record.method == "POST")
    with stage.start("apply", "plan.json") as process:
        held.wait()
        process.send_signal(number)
        held.release()
        _, err = process.communicate()
    assert process.returncode in (130, 5), err
    assert "proxbox-lock" not in {row["slug"] for row in scene.netbox.fake.rows("extras.tag").values()}
    assert not (tmp_path / "plan.journal.jsonl").exists() or process.returncode == 5
    scene.netbox.fake.faults = None
    stage.good("apply", "plan.json", "--resume")
    assert content(scene.netbox.fake) == scene.after


@pytest.mark.slow
def test_unlock_after_a_crash(scene: Scene, tmp_path: Path) -> None:
    """The lock of a killed run is named with its id; `unlock` removes it here and on NetBox, and a plan works again."""
    stage = scene.fresh(tmp_path)
    kill(scene, stage, 0.1, handled=True)
    (tmp_path / "plan.journal.jsonl").unlink()
    refused = stage.run("apply", "plan.json")
    assert refused.code == 6
    lock_id = refused.err.rpartition("proxbox unlock ")[2].split()[0]
    assert stage.run("unlock", "wrong").code == 1
    assert "lock file" in (said := stage.good("unlock", lock_id)) or ".proxbox-apply.lock" in said
    assert "NetBox" in said
    assert stage.plan().changes
    stage.apply()
    assert stage.plan().changes == ()


@pytest.mark.slow
def test_the_plan_of_the_scene_is_worth_the_effort(scene: Scene) -> None:
    """About 300 objects, in more requests than the killer has moments between two edits."""
    assert len(read_document(scene.stage.folder / "plan.json", Plan).changes) > 200
    assert scene.requests > 20
