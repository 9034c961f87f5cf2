"""A fake NetBox for the tests of its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.clients.netbox_server import SECRET, SITES


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeNetBoxThread]:
    """Run one fake NetBox for this file."""
    with FakeNetBoxThread(token=SECRET) as running:
        yield running


@pytest.fixture
def fake(shared: FakeNetBoxThread) -> FakeNetBoxThread:
    """Give it empty and without faults."""
    shared.fake.faults = None
    for number in tuple(shared.fake.rows("dcim.site")):
        shared.fake.handle("DELETE", f"{SITES}{number}/")
    shared.fake.requests.clear()
    return shared
