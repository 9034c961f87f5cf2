"""`--lock-timeout`: two pipelines of one NetBox take turns instead of failing."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.apply.locks.file_lock import FileLock
from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.core.errors import LockedError
from tests.apply.clock import Clock
from tests.apply.lab import Lab
from tests.listening import Listener

TAGS = "/api/extras/tags/"


def lock(lab: Lab, until: str) -> int:
    """Let another machine hold the lock on NetBox until then."""
    words = f"other plan abc operator@elsewhere pid 1 until {until}"
    body = {"name": "proxbox-lock", "slug": "proxbox-lock", "color": "f44336", "description": words}
    return int(lab.netbox.fake.handle("POST", TAGS, body).body["id"])


async def never(seconds: float) -> None:
    """Fail when anybody waits."""
    raise AssertionError(seconds)


def test_the_lock_becomes_free_meanwhile(lab: Lab, tmp_path: Path) -> None:
    """Looked at again every few seconds; then the plan is applied as if nothing had been."""
    number = lock(lab, "2999-01-01T00:00:00Z")
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            lab.netbox.fake.handle("DELETE", f"{TAGS}{number}/")

    assert lab.apply(tmp_path, lock_timeout=60.0, wait=sleep).complete
    assert waits == [5.0, 5.0]
    assert lab.content() == lab.after


def test_it_does_not_wait_longer_than_it_may(lab: Lab, tmp_path: Path) -> None:
    """12 seconds are two looks of five and one of two; each is reported."""
    lock(lab, "2999-01-01T00:00:00Z")
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    listener = Listener()
    with pytest.raises(LockedError, match="operator@elsewhere"):
        lab.apply(tmp_path, lock_timeout=12.0, wait=sleep, progress=listener)
    assert waits == [5.0, 5.0, 2.0]
    assert [what.rpartition("; ")[2] for what in listener.waits] == ["12 s left", "7 s left", "2 s left"]
    assert "another apply to end (The apply lock is held on NetBox: plan abc operator@elsewhere" in listener.waits[0]
    assert not (tmp_path / "lock").exists()


def test_without_the_option_it_does_not_wait(lab: Lab, tmp_path: Path) -> None:
    """A person who looks on wants to know at once."""
    lock(lab, "2999-01-01T00:00:00Z")
    with pytest.raises(LockedError, match="is held on NetBox"):
        lab.apply(tmp_path, wait=never)


def test_a_lock_of_the_dead_is_not_waited_for(lab: Lab, tmp_path: Path) -> None:
    """No run will remove it: it is explained at once."""
    lock(lab, "2001-01-01T00:00:00Z")
    with pytest.raises(LockedError, match="its lease is over"):
        lab.apply(tmp_path, lock_timeout=60.0, wait=never)


def test_another_apply_in_the_same_folder(lab: Lab, tmp_path: Path) -> None:
    """Its lock file is waited for, too."""
    clock = Clock()
    other = FileLock(tmp_path / "lock")
    other.take(holder("other", "plan", clock))

    async def sleep(seconds: float) -> None:
        assert seconds == 5.0
        other.release()

    assert lab.apply(tmp_path, lock_timeout=60.0, wait=sleep).complete
