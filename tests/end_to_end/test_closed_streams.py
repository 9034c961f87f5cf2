"""An apply whose output no one reads: everything lands, is written down, and the exit code says the truth."""

from __future__ import annotations

import sys

import pytest

from proxbox_plan.cli.main import run
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from tests.cases import sample
from tests.cli.test_streams import FULL, GONE, broken
from tests.end_to_end.conftest import SetUp


@pytest.mark.covering
@pytest.mark.parametrize(
    ("stream", "number"),
    sample((("stdout", GONE), ("stderr", FULL), ("stdout", FULL), ("stderr", GONE)), quick=2),
)
def test_an_apply_that_no_one_reads(
    fake: tuple[SetUp, FakeNetBoxThread], monkeypatch: pytest.MonkeyPatch, stream: str, number: int
) -> None:
    """Everything lands, the outcome is written, and the exit code says so."""
    stage = fake[0](ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    stage.plan()
    for name, value in stage.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(stage.folder)
    monkeypatch.setattr(sys, stream, broken(number))
    assert run(["apply", "plan.json"]) == 0
    assert read_document(stage.folder / "plan.outcome.json", Outcome).complete
    monkeypatch.undo()
    assert stage.plan().changes == ()


@pytest.mark.slow
def test_an_apply_that_failed_says_so_to_no_one(
    fake: tuple[SetUp, FakeNetBoxThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that is closed does not hide that changes are missing."""
    stage = fake[0](ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    stage.plan()
    refusal = Fault(status=400, body=[{"name": ["no such thing"]}])
    fake[1].fake.faults = lambda record: refusal if "virtual-disks" in record.path and record.method == "POST" else None
    for name, value in stage.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(stage.folder)
    monkeypatch.setattr(sys, "stdout", broken(GONE))
    assert run(["apply", "plan.json"]) == 5
