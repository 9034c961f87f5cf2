"""An apply ends early and cleanly: NetBox is down, or a person says stop."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from proxbox_plan.apply.run import Run
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action
from tests.apply.lab import Lab, Waits
from tests.apply.results import VMS, DownAfter


def test_an_outage_is_waited_for_with_a_bound(lab: Lab, tmp_path: Path) -> None:
    """With the default settings; the outcome names it, and what landed is what the journal says."""
    lab.reset(DownAfter(3, Fault(status=503)))
    waits = Waits()
    outcome = lab.apply(tmp_path, sleep=waits, max_retries=5, retry_delay=2.0, max_concurrent=1)
    assert "503" in outcome.stopped
    assert 30 < sum(waits.asked) < 400
    landed = {item.address for item in outcome.results if item.result is Result.DONE}
    lines = (tmp_path / "plan.journal.jsonl").read_text().splitlines()[1:]
    assert {json.loads(line)["address"] for line in lines} == landed
    assert (tmp_path / "lock").exists()  # NetBox could not say that its lock is gone


def test_netbox_that_asks_to_wait_too_long(lab: Lab, tmp_path: Path) -> None:
    """Is not hurried and not waited for: the run stops at once."""
    lab.reset(DownAfter(3, Fault(status=503, headers={"Retry-After": "3600"})))
    waits = Waits()
    assert "503" in lab.apply(tmp_path, sleep=waits).stopped
    assert waits.asked == []


def test_a_stop_ends_every_wait(lab: Lab, tmp_path: Path) -> None:
    """SIGTERM during an outage: the run does not sit out its retries."""
    running: list[Run] = []

    async def forever(seconds: float) -> None:
        asyncio.get_running_loop().call_later(0.05, running[0].stop, "stopped by SIGTERM")
        await asyncio.sleep(600 + seconds)

    lab.reset(DownAfter(3, Fault(status=503)))
    outcome = lab.apply(tmp_path, sleep=forever, started=running.append)
    assert outcome.stopped == "stopped by SIGTERM"


def test_a_stop_finishes_what_is_on_the_way(lab: Lab, tmp_path: Path) -> None:
    """Nothing more is sent; the batches under way have their results."""
    running: list[Run] = []
    seen: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == "POST" and record.path == VMS and not seen:
            seen.append(record.index)
            running[0].stop("enough")
        return None

    lab.reset(faults)
    outcome = lab.apply(tmp_path, batch=4, max_concurrent=1, started=running.append)
    assert outcome.stopped == "enough"
    assert [record.method for record in lab.netbox.fake.requests if record.index > seen[0]] == ["DELETE"]
    machines = [item for item in outcome.results if item.kind == "virtual-machine" and item.action is Action.CREATE]
    assert sum(item.result is Result.DONE for item in machines) == 4
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after
