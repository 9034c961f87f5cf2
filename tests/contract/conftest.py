"""The two NetBoxes that every contract test runs against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import NetBox


@pytest.fixture(scope="session")
def fake_netbox() -> Iterator[NetBox]:
    """Run the fake NetBox for all tests of a session."""
    with FakeNetBoxThread() as thread:
        yield NetBox(thread.url, thread.token, is_fake=True)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.netbox)])
def netbox(request: pytest.FixtureRequest) -> NetBox:
    """Give the fake NetBox, then the real one: what a test says must hold for both."""
    found: NetBox = request.getfixturevalue(f"{request.param}_netbox")
    return found
