"""A whole apply and its lock on NetBox."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.core.errors import LockedError
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.inventory.changelog import LOCK
from tests.apply.clock import Clock
from tests.apply.lab import Lab


def test_a_run_that_loses_its_lock_stops_before_its_next_write(lab: Lab, tmp_path: Path) -> None:
    """A person unlocks it in the middle, and another run takes it: the first sends nothing more; a resume finishes."""
    fake = lab.netbox.fake
    clock = Clock()
    lost: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method != "GET" and "tags" not in record.path and not lost:
            number = next(number for number, row in fake.rows("extras.tag").items() if row["slug"] == LOCK)
            fake.handle("DELETE", f"/api/extras/tags/{number}/")
            fake.handle("POST", "/api/extras/tags/", {"name": LOCK, "slug": LOCK, "description": "xyz plan other"})
            clock.pass_(200)
            lost.append(record.index)
        return None

    lab.reset(faults)
    outcome = lab.apply(tmp_path, now=clock, max_concurrent=1)
    writes = [record for record in fake.requests if record.method != "GET" and record.index > lost[0]]
    assert "was removed while we were at work" in outcome.stopped
    assert [(record.method, record.status) for record in writes] == [("PATCH", 404), ("DELETE", 404)]
    fake.faults = None
    with pytest.raises(LockedError, match="is held on NetBox: plan other"):
        lab.apply(tmp_path, resume=True)
    fake.handle("DELETE", f"/api/extras/tags/{max(fake.rows('extras.tag'))}/")
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


@pytest.mark.covering
def test_the_lock_is_renewed_while_a_request_takes_long(lab: Lab, tmp_path: Path) -> None:
    """In the background, so that no other run thinks the run is dead: the request ends after three renewals."""
    requests = lab.netbox.fake.requests

    def renewals() -> int:
        return sum(record.method == "PATCH" and "tags" in record.path for record in tuple(requests))

    def faults(record: RequestRecord) -> Fault | None:
        slow = record.method == "POST" and "virtual-machines" in record.path
        return Fault(held=lambda: renewals() < 3) if slow else None

    lab.reset(faults)
    outcome = lab.apply(tmp_path, lease=0.3, now=Clock())
    assert outcome.complete
    assert renewals() >= 3
