from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.apply.locks.netbox_lock import NetBoxLock, read_netbox_lock, unlock_netbox
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import LockedError, NetBoxError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.inventory.changelog import LOCK
from tests.apply.clock import Clock
from tests.apply.lab import client


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeNetBoxThread]:
    """Run one fake NetBox for this file."""
    with FakeNetBoxThread() as running:
        yield running


@pytest.fixture
def netbox(shared: FakeNetBoxThread) -> FakeNetBoxThread:
    """Give it without a lock and without faults."""
    shared.fake.faults = None
    for number in tuple(shared.fake.rows("extras.tag")):
        shared.fake.handle("DELETE", f"/api/extras/tags/{number}/")
    shared.fake.requests.clear()
    return shared


def tags(netbox: FakeNetBoxThread) -> list[str]:
    """Return the descriptions of all locks there are."""
    return [row["description"] for row in netbox.fake.rows("extras.tag").values() if row["slug"] == LOCK]


def run(netbox: FakeNetBoxThread, work: Callable[[NetBox], Awaitable[Any]]) -> Any:
    """Do something with a client."""

    async def inside() -> Any:
        async with client(netbox, max_retries=2) as opened:
            return await work(opened)

    return asyncio.run(inside())


def lock_of(netbox: NetBox, lock_id: str = "abc", clock: Clock | None = None) -> NetBoxLock:
    """Return a lock that is not taken yet, good for 300 seconds."""
    now = clock or Clock()
    return NetBoxLock(netbox, holder(lock_id, "plan1", now), now, 300.0)


def once(method: str, fault: Fault) -> Callable[[RequestRecord], Fault | None]:
    """Let the first request of a method go wrong."""
    seen: list[RequestRecord] = []

    def faults(record: RequestRecord) -> Fault | None:
        seen.extend([record] if record.method == method else [])
        return fault if seen == [record] else None

    return faults


def test_the_tag_says_who_and_until_when(netbox: FakeNetBoxThread) -> None:
    """It is there while the lock is held."""

    async def work(opened: NetBox) -> None:
        lock = lock_of(opened)
        await lock.take()
        (text,) = tags(netbox)
        assert text.startswith("abc plan plan1 ")
        assert text.endswith(" until 2026-01-02T00:05:00Z")
        assert await lock.release()
        assert tags(netbox) == []

    run(netbox, work)


@pytest.mark.parametrize(("age", "said"), [(0, "is held on NetBox"), (301, "its lease is over")])
def test_the_second_is_refused(netbox: FakeNetBoxThread, age: float, said: str) -> None:
    """Told who holds it and how to remove it; nothing is broken, even when the lease is over."""

    async def work(opened: NetBox) -> None:
        clock = Clock()
        await lock_of(opened, clock=clock).take()
        clock.pass_(age)
        second = lock_of(opened, "xyz", clock)
        with pytest.raises(LockedError, match=said) as caught:
            await second.take()
        assert "proxbox unlock abc" in caught.value.hint
        assert await second.release()
        assert len(tags(netbox)) == 1

    run(netbox, work)


@pytest.mark.parametrize("drop", ["before", "after", "truncate"])
def test_a_lost_answer_to_the_claim(netbox: FakeNetBoxThread, drop: Any) -> None:
    """It is looked up, and claimed again only when it is not there."""
    netbox.fake.faults = once("POST", Fault(drop=drop))

    async def work(opened: NetBox) -> None:
        lock = lock_of(opened)
        await lock.take()
        assert len(tags(netbox)) == 1
        assert await lock.release()

    run(netbox, work)


def test_a_resumed_run_goes_on_with_its_own_lock(netbox: FakeNetBoxThread) -> None:
    """The same id: the tag stays and is renewed before the first write."""

    async def work(opened: NetBox) -> None:
        clock = Clock()
        await lock_of(opened, clock=clock).take()
        clock.pass_(1000)
        again = lock_of(opened, clock=clock)
        await again.take()
        await again.confirm()
        (text,) = tags(netbox)
        assert text.endswith(" until 2026-01-02T00:21:40Z")

    run(netbox, work)


def test_the_lease_is_renewed_in_time_and_no_more_often(netbox: FakeNetBoxThread) -> None:
    """A third of it passes between two renewals."""

    async def work(opened: NetBox) -> None:
        clock = Clock()
        lock = lock_of(opened, clock=clock)
        await lock.take()
        for _ in range(6):
            clock.pass_(60)
            await lock.confirm()
        assert sum(record.method == "PATCH" for record in netbox.fake.requests) == 3
        assert await lock.release()

    run(netbox, work)


def test_a_lock_that_somebody_removed(netbox: FakeNetBoxThread) -> None:
    """Is noticed at the renewal, whether another run has it by then or not; the other's is left alone."""

    async def work(opened: NetBox) -> None:
        clock, told = Clock(), list[str]()
        lock = lock_of(opened, clock=clock)
        await lock.take()
        lock.when_lost(told.append)
        assert await unlock_netbox(opened, "abc")
        other = lock_of(opened, "xyz", clock)
        await other.take()
        clock.pass_(101)
        with pytest.raises(LockedError, match="was removed while we were at work"):
            await lock.confirm()
        with pytest.raises(LockedError):
            lock.check()
        assert len(told) == 1
        assert await lock.release()
        assert tags(netbox)[0].startswith("xyz ")

    run(netbox, work)


def test_a_lease_that_runs_out_because_netbox_is_down(netbox: FakeNetBoxThread) -> None:
    """Nothing may be written any more until it could be renewed."""

    async def work(opened: NetBox) -> None:
        clock = Clock()
        lock = lock_of(opened, clock=clock)
        await lock.take()
        netbox.fake.faults = lambda _: Fault(status=503)
        clock.pass_(299)
        await lock.confirm()
        clock.pass_(1)
        with pytest.raises(LockedError, match="could not be renewed in time"):
            await lock.confirm()
        netbox.fake.faults = None
        await lock.confirm()

    run(netbox, work)


def test_a_lock_that_cannot_be_removed(netbox: FakeNetBoxThread) -> None:
    """Is said, without waiting; a lost answer is asked for again."""

    async def work(opened: NetBox) -> None:
        lock = lock_of(opened)
        await lock.take()
        netbox.fake.faults = lambda _: Fault(status=503)
        assert not await lock.release()
        netbox.fake.faults = once("DELETE", Fault(drop="after"))
        assert await lock.release()
        assert tags(netbox) == []

    run(netbox, work)


def test_an_apply_that_is_cancelled_while_it_claims_the_lock(netbox: FakeNetBoxThread) -> None:
    """The answer is waited for, and the tag removed: otherwise a lock would appear that no run holds."""

    async def work(opened: NetBox) -> None:
        arrived, loop, canceled = asyncio.Event(), asyncio.get_running_loop(), list[bool]()

        def slow(record: RequestRecord) -> Fault | None:
            if record.method != "POST":
                return None
            loop.call_soon_threadsafe(arrived.set)
            return Fault(held=lambda: not canceled)

        netbox.fake.faults = slow
        lock = lock_of(opened)
        taking = asyncio.create_task(lock.take())
        await arrived.wait()
        taking.cancel()
        loop.call_later(0.01, canceled.append, True)  # noqa: FBT003
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert await lock.release()
        while netbox.fake.at_work:  # noqa: ASYNC110 # another thread's
            await asyncio.sleep(0.001)
        assert tags(netbox) == []

    run(netbox, work)


def test_a_claim_that_may_still_arrive(netbox: FakeNetBoxThread) -> None:
    """NetBox is down right after it: it is unknown whether there is a lock of ours."""

    async def work(opened: NetBox) -> None:
        netbox.fake.faults = lambda _: Fault(status=502)
        lock = lock_of(opened)
        with pytest.raises(NetBoxError, match="502"):
            await lock.take()
        assert not await lock.release()

    run(netbox, work)


def test_a_token_that_may_not_make_tags(netbox: FakeNetBoxThread) -> None:
    """Is NetBox's own refusal, at once."""
    netbox.fake.faults = once("POST", Fault(status=403, body={"detail": "no permission"}))

    async def work(opened: NetBox) -> None:
        lock = lock_of(opened)
        with pytest.raises(NetBoxError, match="no permission"):
            await lock.take()
        assert await lock.release()

    run(netbox, work)


@pytest.mark.parametrize("text", ["", " plan x", "$(id) plan x", "`id`", "-rf plan x", "a;id"])
def test_what_is_no_id_of_ours_is_no_command(netbox: FakeNetBoxThread, text: str) -> None:
    """Whoever may edit tags wrote it, and the user would paste it into a shell; the empty id removes nothing."""
    netbox.fake.handle("POST", "/api/extras/tags/", {"name": LOCK, "slug": LOCK, "description": text.strip()})
    (number,) = netbox.fake.rows("extras.tag")
    netbox.fake.store.change("extras.tag", number, description=text)

    async def work(opened: NetBox) -> None:
        with pytest.raises(LockedError) as caught:
            await lock_of(opened).take()
        assert caught.value.hint.endswith(f": delete the tag {LOCK} in NetBox")
        assert not await unlock_netbox(opened, text.partition(" ")[0])
        assert tags(netbox) == [text]

    run(netbox, work)


def test_unlock_needs_the_id(netbox: FakeNetBoxThread) -> None:
    """Another lock, or none, is left as it is."""

    async def work(opened: NetBox) -> None:
        assert not await unlock_netbox(opened, "abc")
        await lock_of(opened).take()
        assert not await unlock_netbox(opened, "xyz")
        assert await unlock_netbox(opened, "abc")
        assert await read_netbox_lock(opened) is None

    run(netbox, work)


@pytest.mark.parametrize("fault", [Fault(drop="before"), Fault(status=400, body={"slug": ["exists already"]})])
def test_a_lock_that_cannot_be_made(netbox: FakeNetBoxThread, fault: Fault) -> None:
    """Tried as often as every request, and then the last error is told: there is no lock, and nothing is applied."""
    netbox.fake.faults = lambda record: fault if record.method == "POST" else None

    async def work(opened: NetBox) -> None:
        with pytest.raises(NetBoxError):
            await lock_of(opened).take()

    run(netbox, work)
    assert sum(record.method == "POST" for record in netbox.fake.requests) == 3
    assert tags(netbox) == []


def test_a_lock_that_was_removed(netbox: FakeNetBoxThread) -> None:
    """It is missed at the next renewal, before anything else is written."""

    async def work(opened: NetBox) -> None:
        clock = Clock()
        lock = lock_of(opened, clock=clock)
        await lock.take()
        assert await unlock_netbox(opened, "abc")
        lock.check()
        clock.pass_(101)
        with pytest.raises(LockedError, match="was removed while we were at work"):
            await lock.confirm()

    run(netbox, work)


def test_a_lock_that_was_removed_is_missed_in_the_background(netbox: FakeNetBoxThread) -> None:
    """Whoever applies is told at once, and it is not renewed any more."""

    async def work(opened: NetBox) -> None:
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        lock = NetBoxLock(opened, holder("abc", "plan1", Clock()), Clock(), 0.003)
        lock.when_lost(lost.set_result)
        await lock.take()
        assert await unlock_netbox(opened, "abc")
        assert await lost == "our lock on NetBox was removed while we were at work"
        renewals = len(netbox.fake.requests)
        await asyncio.sleep(0.01)
        assert len(netbox.fake.requests) == renewals

    run(netbox, work)
