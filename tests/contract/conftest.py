"""The two NetBoxes that every contract test runs against."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import NetBox

REQUIRED = "PROXBOX_REQUIRE_NETBOX"
URL = "PROXBOX_TEST_NETBOX_URL"
TOKEN = "PROXBOX_TEST_NETBOX_TOKEN"


@pytest.fixture(scope="session")
def fake_netbox() -> Iterator[NetBox]:
    """Run the fake NetBox for all tests of a session."""
    with FakeNetBoxThread() as thread:
        yield NetBox(thread.url, thread.token, is_fake=True)


@pytest.fixture(scope="session")
def real_netbox() -> NetBox:
    """Find the real NetBox that the environment names."""
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and token:
        return NetBox(url, token)
    message = f"no real NetBox: set {URL} and {TOKEN} (`eval $(python testbed/netbox.py env)`)"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.netbox)])
def netbox(request: pytest.FixtureRequest) -> NetBox:
    """Give the fake NetBox, then the real one: what a test says must hold for both."""
    found: NetBox = request.getfixturevalue(f"{request.param}_netbox")
    return found
