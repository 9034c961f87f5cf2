"""Whatever request goes wrong, and however: the end is the same as if nothing had."""

from __future__ import annotations

import operator
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.outcome import Outcome
from tests.apply.content import rows_of
from tests.apply.lab import Faults, Lab
from tests.cases import Cases, sample
from tests.examples import EXHAUSTIVE, THOROUGH

FAULTS = {
    "cut before it was handled": Fault(drop="before"),
    "cut after it was handled": Fault(drop="after"),
    "cut in the middle of the answer": Fault(drop="truncate"),
    "500": Fault(status=500, body={"error": "boom", "exception": "IntegrityError"}),
    "502": Fault(status=502, body="<html>Bad Gateway</html>"),
    "503 with Retry-After": Fault(status=503, headers={"Retry-After": "7"}),
    "429": Fault(status=429, headers={"Retry-After": "3"}, body={"detail": "Request was throttled."}),
    "HTML instead of JSON": Fault(status=200, body="<html>log in</html>"),
}
Make = Callable[[int, Fault], Faults]
# A request goes wrong in one of so many ways: every write in half of them, every read in two, all of them on demand.
WRITES, READS = (1, 1) if EXHAUSTIVE else (2, 8) if THOROUGH else (17, 17)


def tried(lab: Lab, way: int) -> Iterator[int]:
    """Yield the requests that go wrong in a way: each request has ways of its own, so that all ways are tried."""
    for index, method in enumerate(lab.sent):
        if (index + way) % (READS if method == "GET" else WRITES) == 0:
            yield index


def only(index: int, fault: Fault) -> Faults:
    """Let one request go wrong."""
    return lambda record: fault if record.index == index else None


def from_here(index: int, fault: Fault) -> Faults:
    """Let everything go wrong from one request on."""
    return lambda record: fault if record.index >= index else None


def finish(lab: Lab, folder: Path, faults: Faults, *, max_retries: int = 2, **more: Any) -> Outcome:
    """Apply with faults; when that did not get through, or could not remove its lock, resume without."""
    lab.reset(faults)
    try:
        outcome = lab.apply(folder, max_retries=max_retries, **more)
    except ProxboxError:
        outcome = None
    lab.netbox.fake.faults = None
    if outcome is None or not outcome.complete or (folder / "lock").exists():
        outcome = lab.apply(folder, resume=True, max_retries=2)
    return outcome


def check(lab: Lab, outcome: Outcome, what: object) -> None:
    """Nothing is missing, nothing is a duplicate, nothing of others was touched."""
    assert outcome.complete, (what, outcome.stopped, [item for item in outcome.results if item.message][:3])
    assert lab.content() == lab.after, what
    assert lab.is_foreign_untouched(), what
    for label in lab.after:
        rows = rows_of(lab.netbox.fake, label).values()
        keys = Counter((row.get("custom_fields") or {}).get(KEY_FIELD) for row in rows)
        assert all(count == 1 for key, count in keys.items() if key), (what, label)


def try_all(lab: Lab, folder: Path, make: Make, fault: Fault, indexes: Iterable[int], **more: Any) -> None:
    """Apply once for each index."""
    for index in indexes:
        run = folder / str(index)
        run.mkdir()
        outcome = finish(lab, run, make(index, fault), **more)
        check(lab, outcome, (index, fault))
        assert not (run / "lock").exists()


@dataclass
class TooLate:
    """No client waits for the answer any more; the request is handled when the next one has come, or at the end."""

    lab: Lab
    is_due: Callable[[int], bool]
    over: bool = False

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Hang up, and hold the request."""
        return Fault(drop="while", held=lambda: self._is_held(record.index)) if self.is_due(record.index) else None

    def _is_held(self, index: int) -> bool:
        return not self.over and len(self.lab.netbox.fake.requests) < index + 2

    def end(self) -> None:
        """Let NetBox finish what it still holds."""
        self.over = True
        while self.lab.netbox.fake.at_work:
            time.sleep(0.001)


def try_all_too_late(lab: Lab, folder: Path, make: Callable[[int, int], bool], indexes: Iterable[int]) -> None:
    """Apply once for each index; what is handled after the end may be a lock of ours."""
    for index in indexes:
        run = folder / str(index)
        run.mkdir()
        late = TooLate(lab, partial(make, index))
        outcome = finish(lab, run, late, max_retries=1)
        late.end()
        lab.unlock(folder=run)
        check(lab, outcome, index)
        assert not (run / "lock").exists()


BOTH = pytest.mark.parametrize("make", [only, from_here], ids=["once", "from then on"])


def test_a_sample_of_the_requests(lab: Lab, tmp_path: Path) -> None:
    """What the exhaustive test below tries, in short: each fault (in CI) once, spread over all writes."""
    assert lab.apply(tmp_path).complete
    sent = [record.index for record in lab.netbox.fake.requests if isinstance(record.body, list)]
    (tmp_path / "plan.journal.jsonl").unlink()
    names = list(FAULTS)[:: 1 if THOROUGH else 3]
    step = max(1, len(sent) // len(names))
    with Cases() as case:
        for number, (make, name) in enumerate(zip(cycle((only, from_here)), names, strict=False)):
            index = sent[number * step % len(sent)]
            with case(index, make.__name__, name):
                try_all(lab, tmp_path, make, FAULTS[name], [index])


@pytest.mark.slow
@BOTH
def test_a_write_whose_answer_is_lost(lab: Lab, tmp_path: Path, make: Make) -> None:
    """What the first and the last creations made is found: by the next try, or by the run that resumes."""
    lab.reset(None)
    assert lab.apply(tmp_path).complete
    requests = enumerate(lab.netbox.fake.requests)
    writes = [index for index, sent in requests if sent.method == "POST" and "/tags/" not in sent.path]
    try_all(lab, tmp_path, make, FAULTS["cut after it was handled"], (writes[0], writes[-1]))


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("name", FAULTS)
def test_every_request(lab: Lab, tmp_path: Path, name: str, make: Make) -> None:
    """Each request of the apply goes wrong, and each is the first of an outage that stops the run.

    In CI it does so in some of the ways, and the next request in others; exhaustively, in all of them.
    """
    way = list(FAULTS).index(name) + (make is from_here)
    try_all(lab, tmp_path, make, FAULTS[name], tried(lab, way))


TOO_LATE = pytest.mark.parametrize("make", [operator.eq, operator.le], ids=["once", "from then on"])


@pytest.mark.parametrize("make", sample((operator.le, operator.eq)), ids=["from then on", "once"])
def test_some_answers_that_come_too_late(lab: Lab, tmp_path: Path, make: Callable[[int, int], bool]) -> None:
    """NetBox goes on with a request that no client waits for any more, beside the one that repeats it.

    When that is the claim of the lock, it may be made after the run has ended: then `proxbox unlock` removes it.
    """
    try_all_too_late(lab, tmp_path, make, (1, len(lab.sent) // 2))


@pytest.mark.slow
@TOO_LATE
def test_every_answer_too_late(lab: Lab, tmp_path: Path, make: Callable[[int, int], bool]) -> None:
    """As above: in CI each write in one of both ways, in turn."""
    try_all_too_late(lab, tmp_path, make, tried(lab, int(make is operator.le)))
