"""A write whose answer was lost: how what did not land is sent again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from proxbox_plan.apply.batches.adaptive_concurrency import MOST_STAMPS, AdaptiveConcurrency
from proxbox_plan.apply.batches.states import Attempt, Ready, States
from proxbox_plan.apply.batches.uncertain import look_up
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.core.errors import UncertainWriteError
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.plan import KINDS
from tests.apply.lab import client
from tests.apply.simulated import NoGuard
from tests.builders import change, changed, plan

STAMP = "2026-11-21T07:30:00.123456Z"


def update(number: int) -> Change:
    """Return an update that has not landed."""
    memory = (changed("memory", 1024, 2048),)
    address = f"virtual-machine:lab/qemu/{number}"
    return change(address, action=Action.UPDATE, netbox_id=number, last_updated=STAMP, fields=memory)


def sent_again(folder: Path, count: int, status: int | None) -> States:
    """Return what follows when the answer to so many updates is lost."""
    changes = tuple(update(number) for number in range(1, count + 1))

    async def inside(netbox: FakeNetBoxThread) -> States:
        async with client(netbox) as opened:
            with Journal(folder / "journal", plan(changes=changes)) as journal:
                concurrency = AdaptiveConcurrency(100, 1)
                context = ApplyContext(opened, KINDS, changes, journal, concurrency, NoGuard())
                lost = UncertainWriteError("lost", status=status, delay=0.0)
                return await look_up(context, Attempt("PATCH", changes), lost)

    with FakeNetBoxThread() as netbox:
        return asyncio.run(inside(netbox))


@pytest.mark.parametrize(
    ("count", "status", "sizes"), [(40, 502, [20, 20]), (40, None, [20, 20]), (40, 504, [40]), (20, 502, [20])]
)
def test_a_header_that_may_be_too_long_is_halved(
    tmp_path: Path, count: int, status: int | None, sizes: list[int]
) -> None:
    """uWSGI, as NetBox ships it, drops a request with many time stamps: nginx answers 502, or no one does."""
    following = sent_again(tmp_path, count, status)
    assert [len(state.attempt.changes) for state in following if isinstance(state, Ready)] == sizes


def test_no_header_has_more_time_stamps_than_every_server_takes() -> None:
    """A creation has none, and is limited by what is asked for only."""
    concurrency = AdaptiveConcurrency(100, 1, clock=iter(range(1000)).__next__)
    for method in ("POST", "PATCH", "DELETE"):
        request = concurrency.begin(("virtual-machine", method), 1000)
        concurrency.end(request, worked=True)
    sizes = [concurrency.size(("virtual-machine", method)) for method in ("POST", "PATCH", "DELETE")]
    assert sizes == [100, MOST_STAMPS, MOST_STAMPS]
