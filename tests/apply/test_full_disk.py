"""The disk is full, or the folder cannot be written to: nothing is lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxbox_plan.model.outcome import Result
from tests.apply.content import content
from tests.apply.lab import Lab
from tests.apply.scene import Scene
from tests.cases import sample


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", sample((5_000, 600, 10_000, 15_000)))
def test_a_disk_that_fills_up(lab: Lab, tmp_path: Path, size: int) -> None:
    """Nothing more is sent; the outcome tells the truth about what landed; a resume finishes."""
    with full_disk(size):
        outcome = lab.apply(tmp_path)
    assert "Cannot write the journal" in outcome.stopped
    made = {
        item.netbox_id
        for item in outcome.results
        if item.kind == "virtual-disk" and item.action == "create" and item.result is Result.DONE
    }
    new = set(lab.netbox.fake.rows("virtualization.virtualdisk")) - set(lab.before.rows["virtualization.virtualdisk"])
    assert made == new
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_journal_that_cannot_be_made(scene: Scene, tmp_path: Path) -> None:
    """Is said before anything is sent, and leaves no lock."""
    stage = scene.fresh(tmp_path)
    (tmp_path / "plan.journal.jsonl").mkdir()
    said = stage.run("apply", "plan.json")
    assert said.code == 1
    assert "Cannot read the journal" in said.err
    (tmp_path / "plan.journal.jsonl").rmdir()
    (tmp_path / "plan.journal.jsonl").symlink_to(tmp_path / "nowhere" / "journal")
    said = stage.run("apply", "plan.json")
    assert said.code == 1
    assert "The journal plan.journal.jsonl: it is a symbolic link" in said.err
    assert [record.path for record in scene.netbox.fake.requests if record.method == "POST"] == []
    assert scene.netbox.fake.rows("extras.tag") == {}
    (tmp_path / "plan.journal.jsonl").unlink()
    stage.apply()
