"""Whatever is raised once writing began, also a bug: there is an outcome, it is true, and a resume finishes."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.batches.bodies import Writer
from proxbox_plan.apply.batches.lookup import LandedLookup
from proxbox_plan.apply.batches.schedule import Schedule
from proxbox_plan.apply.journal import Journal
from proxbox_plan.apply.locks.netbox_lock import NetBoxLock
from proxbox_plan.apply.results import Results
from proxbox_plan.apply.run import Run
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome, Result
from tests.apply.content import content
from tests.apply.lab import Lab
from tests.apply.results import VMS, writes
from tests.apply.scene import Scene
from tests.apply.test_faults import check

# Where it is raised: before a request, while its body is built, when it is answered, ...
STAGES: tuple[tuple[type, str], ...] = (
    (Run, "skip"),
    (Schedule, "next"),
    (NetBoxLock, "confirm"),
    (Writer, "body"),
    (AdaptiveConcurrency, "begin"),
    (AdaptiveConcurrency, "end"),
    (LandedLookup, "landed"),
    (Results, "done"),
    (Results, "fail"),
    (Journal, "record"),
    (Schedule, "landed"),
)
ERRORS: dict[type[BaseException], str] = {
    KeyError: "this is a bug in proxbox-plan, please report it: KeyError: 'oops'",
    MemoryError: "this is a bug in proxbox-plan, please report it: MemoryError: oops",
    KeyboardInterrupt: "interrupted",
    asyncio.CancelledError: "canceled",
    SystemExit: "interrupted",
    NetBoxError: "oops",
}
QUICK = {(Run, "skip"), (Writer, "body"), (AdaptiveConcurrency, "end"), (Journal, "record")}  # one of each sort
CASES = [  # a later call is another case of what the first one shows
    pytest.param(
        *(owner, name, number, kind),
        id=f"{owner.__name__}.{name} {number} {kind.__name__}",
        marks=pytest.mark.slow if number or (owner, name) not in QUICK else (),
    )
    for (number, (owner, name)), kind in zip(itertools.product((0, 1), STAGES), itertools.cycle(ERRORS), strict=False)
]


@dataclass
class Raises:
    """A method that raises at one of its calls, before or after it does its work."""

    real: Callable[..., Any]
    at: int
    error: BaseException
    after: bool = False
    calls: int = field(default=0, init=False)

    def __get__(self, owner: object, kind: type) -> Callable[..., Any]:
        """Be a method."""
        return lambda *given, **named: self._call(owner, *given, **named)

    def _call(self, *given: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls - 1 != self.at:
            return self.real(*given, **named)
        if self.after:
            self.real(*given, **named)
        raise self.error


def some_lost(record: RequestRecord) -> Fault | None:
    """Lose the answers of creations, so that they are looked up."""
    lost = record.method == "POST" and isinstance(record.body, list)
    return Fault(drop="after") if lost else None


def journaled(folder: Path) -> set[str]:
    """Return what the journal says has landed."""
    lines = (folder / "plan.journal.jsonl").read_text().splitlines()[1:]
    return {line["address"] for line in map(json.loads, lines) if line["result"] == "done"}


def landed(outcome: Outcome) -> set[str]:
    """Return what an outcome says has landed."""
    return {item.address for item in outcome.results if item.result is Result.DONE}


@pytest.mark.covering
@pytest.mark.parametrize(("owner", "name", "number", "kind"), CASES)
def test_an_error_anywhere(
    lab: Lab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    name: str,
    number: int,
    kind: type[BaseException],
) -> None:
    """The outcome names it; what landed is known, to the journal, too; the resumed apply makes nothing twice."""
    lab.reset(some_lost if (owner, name) == (LandedLookup, "landed") else None)
    raises = Raises(vars(owner)[name], number if name != "skip" else 0, kind("oops"))
    if name == "fail":  # is called for what is stale, with nothing in it
        lab.reset(lambda record: Fault(status=412) if record.method == "PATCH" else None)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, raises)
        outcome = lab.apply(tmp_path, max_concurrent=2)
    lab.netbox.fake.faults = None
    assert raises.calls > raises.at, "it was never raised"
    assert outcome.stopped == ERRORS[kind]
    assert not outcome.complete
    assert {item.message for item in outcome.results if item.result is Result.PENDING} == {outcome.stopped}
    assert landed(outcome) >= journaled(tmp_path)
    assert landed(outcome) == journaled(tmp_path) or owner is Journal
    assert not (tmp_path / "lock").exists()
    check(lab, lab.apply(tmp_path, resume=True), name)


def test_a_bug_is_logged(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback, once; the outcome is not the place for that."""
    monkeypatch.setattr(Writer, "body", Raises(Writer.body, 3, KeyError("oops")))
    with caplog.at_level(logging.ERROR, "proxbox_plan"):
        outcome = lab.apply(tmp_path)
    logged = [record for record in caplog.records if record.name == "proxbox_plan.apply"]
    assert len(logged) == 1
    assert "KeyError" in (logged[0].exc_text or "")
    assert "Traceback" not in outcome.stopped


def test_batches_in_flight_are_awaited(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one batch meets a bug, the answer of another one is still to come: it is recorded."""
    monkeypatch.setattr(Schedule, "next", Raises(Schedule.next, 3, KeyError("oops")))
    outcome = lab.apply(tmp_path, max_concurrent=2)
    assert sum(record.rows for record in writes(lab)) == len(landed(outcome))
    assert landed(outcome)


def test_what_landed_is_told_even_when_it_cannot_be_written_down(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the journal: the outcome has what NetBox answered."""
    monkeypatch.setattr(Journal, "record", Raises(Journal.record, 0, KeyError("oops")))
    outcome = lab.apply(tmp_path, max_concurrent=1)
    assert journaled(tmp_path) == set()
    assert len(landed(outcome)) == sum(record.rows for record in writes(lab)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("method", ["started", "finished"])
def test_a_listener_that_breaks(lab: Lab, tmp_path: Path, method: str) -> None:
    """Whoever listens is not worth an outcome."""

    class Listener:
        def started(self, total: int) -> None:
            assert method != "started", total

        def advanced(self, label: str) -> None: ...

        def finished(self, result: object) -> None:
            assert method != "finished", result

        def waiting(self, what: str) -> None: ...

    outcome = lab.apply(tmp_path, progress=Listener())
    assert "please report it: AssertionError" in outcome.stopped
    assert landed(outcome) == journaled(tmp_path)
    check(lab, lab.apply(tmp_path, resume=True), method)


def test_whoever_is_told_that_writing_begins_breaks(lab: Lab, tmp_path: Path) -> None:
    """Nothing was sent, and the outcome says so."""

    def started(_: Run) -> None:
        raise RuntimeError("set_wakeup_fd only works in main thread")

    outcome = lab.apply(tmp_path, started=started)
    assert outcome.stopped.endswith("RuntimeError: set_wakeup_fd only works in main thread")
    assert (writes(lab), landed(outcome)) == ([], set())
    check(lab, lab.apply(tmp_path, resume=True), "started")


def test_an_error_before_anything_is_written_is_raised(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing an outcome could say, and nothing to resume."""
    monkeypatch.setattr(Schedule, "of", Raises(Schedule.of, 0, KeyError("oops")))
    with pytest.raises(KeyError):
        lab.apply(tmp_path)
    assert writes(lab) == []
    assert list(tmp_path.iterdir()) == []


@dataclass
class Cancels:
    """Cancels the apply when NetBox gets a request, which is answered after `times` cancellations have arrived."""

    which: Callable[[RequestRecord], bool]
    times: int = 1
    answered: bool = True
    tasks: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    arrived: int = 0
    over: bool = False

    def started(self, _: Run) -> None:
        """Remember whom to cancel."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append((asyncio.get_running_loop(), task))

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Cancel at the first such request, and hold it."""
        if self.seen or not self.tasks or not self.which(record):
            return None
        self.seen.append(record.index)
        loop, task = self.tasks[0]
        loop.call_soon_threadsafe(self._cancel, loop, task)
        return Fault(held=self._is_held)

    def _cancel(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        task.cancel()
        loop.call_later(0.02, self._has_arrived, loop, task)

    def _has_arrived(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self.arrived += 1
        if self.arrived < self.times:
            self._cancel(loop, task)

    def _is_held(self) -> bool:
        return not self.over and (not self.answered or self.arrived < self.times)


def creates_machines(record: RequestRecord) -> bool:
    """Whether a request creates virtual machines."""
    return record.method == "POST" and record.path == VMS


def test_a_cancellation_waits_for_what_is_in_flight(lab: Lab, tmp_path: Path) -> None:
    """As a stop: the batch has its results, and nothing more is sent."""
    cancels = Cancels(creates_machines)
    lab.reset(cancels)
    outcome = lab.apply(tmp_path, max_concurrent=1, started=cancels.started)
    assert outcome.stopped == "canceled"
    after = [record for record in lab.netbox.fake.requests if record.index > cancels.seen[0]]
    assert [record.method for record in after] == ["DELETE"]
    machines = set(lab.netbox.fake.rows("virtualization.virtualmachine"))
    assert machines - set(lab.before.rows["virtualization.virtualmachine"]) == {
        item.netbox_id
        for item in outcome.results
        if item.result is Result.DONE and item.kind == "virtual-machine" and item.action == "create"
    }
    lab.netbox.fake.faults = None
    check(lab, lab.apply(tmp_path, resume=True), "canceled")


def test_a_second_cancellation_waits_for_nothing(lab: Lab, tmp_path: Path) -> None:
    """What became of the batch in flight is not known; the resumed apply looks it up, and makes nothing twice."""
    cancels = Cancels(creates_machines, times=2, answered=False)
    lab.reset(cancels)
    outcome = lab.apply(tmp_path, max_concurrent=1, started=cancels.started)
    assert outcome.stopped == "canceled"
    assert landed(outcome) == journaled(tmp_path)
    cancels.over = True
    lab.netbox.fake.faults = None
    check(lab, lab.apply(tmp_path, resume=True), "canceled twice")


def test_a_cancellation_while_the_lock_is_removed(lab: Lab, tmp_path: Path) -> None:
    """All has landed: the outcome says so, and no lock stays."""
    cancels = Cancels(lambda record: record.method == "DELETE" and record.path.startswith("/api/extras/tags/"))
    lab.reset(cancels)
    outcome = lab.apply(tmp_path, started=cancels.started)
    assert cancels.seen
    check(lab, outcome, "the end")
    assert not (tmp_path / "lock").exists()


def test_a_bug_while_the_lock_is_removed(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outcome is there; the lock file stays, so that a resume knows the lock on NetBox as its own."""
    with monkeypatch.context() as patch:
        patch.setattr(NetBoxLock, "release", Raises(NetBoxLock.release, 0, KeyError("oops")))
        assert lab.apply(tmp_path).complete
    assert (tmp_path / "lock").exists()
    check(lab, lab.apply(tmp_path, resume=True), "the lock")
    assert not (tmp_path / "lock").exists()


@pytest.mark.slow
def test_the_command_writes_the_outcome_of_a_bug(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 5, as any apply that stopped part-way, and --resume finishes."""
    stage = scene.fresh(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Results, "done", Raises(Results.done, 60, KeyError("oops")))
        said = stage.run("apply", "plan.json")
    assert said.code == 5
    assert "please report it: KeyError: 'oops'" in said.err
    assert "--resume" in said.err
    outcome = read_document(tmp_path / "plan.outcome.json", Outcome)
    assert "KeyError" in outcome.stopped
    assert landed(outcome) == journaled(tmp_path)
    stage.good("apply", "plan.json", "--resume")
    assert content(scene.netbox.fake) == scene.after
