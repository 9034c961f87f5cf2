"""Who changed what: an answer about the changelog that cannot be understood names no one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from proxbox_plan.collect.netbox.change_authors import read_history
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.model.inventory.changelog import History
from tests.apply.lab import client

MACHINES = {"virtualization.virtualmachine": [1]}


@pytest.fixture(scope="module")
def netbox() -> Iterator[FakeNetBoxThread]:
    """Run an empty NetBox."""
    with FakeNetBoxThread() as running:
        yield running


def history(netbox: FakeNetBoxThread, fault: Fault) -> History:
    """Read who changed a machine, from a changelog that answers otherwise."""

    async def read() -> History:
        async with client(netbox, max_retries=0) as opened:
            netbox.fake.faults = lambda record: fault if "object-changes" in record.path else None
            return await read_history(opened, MACHINES, ["dcim.device"])

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (5, "without a list of entries"),
        ([], "without a list of entries"),
        ({"results": "none"}, "without a list of entries"),
        ({"results": [{"id": "first"}]}, "without a list of entries"),
        ({"results": [{"id": 1}]}, "an entry that is not valid: KeyError"),
        ({"results": [{"id": 1, "time": "yesterday"}]}, "an entry that is not valid: ValueError"),
    ],
    ids=str,
)
def test_an_answer_that_is_no_changelog(netbox: FakeNetBoxThread, body: Any, words: str) -> None:
    """It is said, not taken for a history in which nothing happened."""
    with pytest.raises(NetBoxError, match=words):
        history(netbox, Fault(status=200, body=body))


def test_a_netbox_that_fails(netbox: FakeNetBoxThread) -> None:
    """Only a missing permission is no error, as no change depends on the history."""
    with pytest.raises(NetBoxError, match="400"):
        history(netbox, Fault(status=400, body={"detail": "no"}))
