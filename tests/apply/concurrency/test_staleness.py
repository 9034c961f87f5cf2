"""How an object in NetBox compares with what an apply knows of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.concurrency.staleness import Compared, compare
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Change, FieldChange
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS
from tests.apply.lab import client
from tests.apply.simulated import NoGuard
from tests.builders import change, changed, plan

MACHINE, NOWHERE = 1, 99


@pytest.fixture(scope="module")
def netbox() -> Iterator[FakeNetBoxThread]:
    """Run a NetBox with one virtual machine."""
    with FakeNetBoxThread() as running:
        for path, body in (
            ("virtualization/cluster-types", {"name": "t", "slug": "t"}),
            ("virtualization/clusters", {"name": "c", "type": 1}),
            ("virtualization/virtual-machines", {"name": "web", "cluster": 1, "memory": 2048}),
        ):
            assert running.fake.handle("POST", f"/api/{path}/", body).status == 201
        yield running


def compared(
    netbox: FakeNetBoxThread, folder: Path, item: Change, *, uncertain: bool = False, written: Change | None = None
) -> Compared:
    """Compare one change; `uncertain`: it was sent, and its answer was lost; `written`: what this run wrote before."""

    async def inside() -> Compared:
        planned = () if written is None else (written,)
        async with client(netbox) as opened:
            with Journal(folder / "journal", plan(changes=(item, *planned))) as journal:
                context = ApplyContext(opened, KINDS, (item, *planned), journal, AdaptiveConcurrency(25, 1), NoGuard())
                context.results.uncertain |= {item.address} if uncertain else set()
                if written is not None:
                    context.results.record([context.results.done(written, NOWHERE, None)])
                return await compare(context, [item])

    return asyncio.run(inside())


def update(number: int, **fields: Any) -> Change:
    """Return an update of the memory from 1024 to 2048, planned long ago."""
    memory = (changed("memory", 1024, 2048),)
    return change(action=Action.UPDATE, netbox_id=number, last_updated="2020-01-01T00:00:00Z", fields=memory, **fields)


def test_an_object_that_is_gone(netbox: FakeNetBoxThread, tmp_path: Path) -> None:
    """Its deletion has landed, whoever made it; an update of it cannot."""
    item = change(action=Action.DELETE, netbox_id=NOWHERE)
    (entry,) = compared(netbox, tmp_path, item).landed
    assert (entry.result.result, entry.result.netbox_id, entry.last_updated) == (Result.DONE, NOWHERE, None)
    (tmp_path / "journal").unlink()
    found = compared(netbox, tmp_path, update(NOWHERE))
    assert [one.address for one in found.deleted] == [item.address]


def test_an_update_that_landed_after_all(netbox: FakeNetBoxThread, tmp_path: Path) -> None:
    """Its answer was lost, and what it writes is there: it was this one, and is not sent again."""
    (entry,) = compared(netbox, tmp_path, update(MACHINE), uncertain=True).landed
    stamp = netbox.fake.handle("GET", f"/api/virtualization/virtual-machines/{MACHINE}/").body["last_updated"]
    assert (entry.result.netbox_id, entry.last_updated) == (MACHINE, stamp)


def test_an_object_with_another_time_stamp_was_edited(netbox: FakeNetBoxThread, tmp_path: Path) -> None:
    """An update that was never sent cannot be the cause, even when its values are there."""
    assert [one.target_id for one in compared(netbox, tmp_path, update(MACHINE)).edited] == [MACHINE]


@pytest.mark.parametrize(
    ("field", "edited"),
    [
        (changed("vcpus", None, 4), 0),
        (changed("status", "offline", "active"), 0),
        (changed("status", "offline", "staged"), 1),
    ],
    ids=["as planned", "as wanted", "neither"],
)
def test_a_guest_of_which_this_run_wrote_a_part(
    netbox: FakeNetBoxThread, tmp_path: Path, field: FieldChange, edited: int
) -> None:
    """NetBox stamps it anew; its cluster may have brought it what is wanted; only another value is a person's."""
    part = change(action=Action.DELETE, kind="ip-address", key="lab/qemu/100/net0/ip/10.0.0.1", netbox_id=NOWHERE)
    fields = (changed("memory", 1024, 2048), field)
    item = change(action=Action.UPDATE, netbox_id=MACHINE, last_updated="2020-01-01T00:00:00Z", fields=fields)
    found = compared(netbox, tmp_path, item, written=part)
    assert (len(found.edited), len(found.unedited), found.newer) == (edited, 1 - edited, not edited)


def test_a_reference_to_what_was_never_made(netbox: FakeNetBoxThread, tmp_path: Path) -> None:
    """Plans are checked for it, so that it is a bug, and said to be one."""

    async def inside() -> None:
        async with client(netbox) as opened:
            with Journal(tmp_path / "journal", plan()) as journal:
                context = ApplyContext(opened, KINDS, (), journal, AdaptiveConcurrency(25, 1), NoGuard())
                with pytest.raises(NetBoxError, match="device 'pve1' has no id yet") as refused:
                    context.results.resolve(Ref("device", None, "pve1", Address("device:lab/node/pve1")))
                assert "This is a bug" in refused.value.hint

    asyncio.run(inside())
