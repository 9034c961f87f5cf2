"""The two NetBoxes that every contract test runs against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests import netbox_graphql
from tests.contract.client import NetBox
from tests.contract.plugin import Lab


@pytest.fixture(scope="session")
def fake_netbox() -> Iterator[NetBox]:
    """Run the fake NetBox for all tests of a session."""
    with FakeNetBoxThread(graphql=netbox_graphql.answer) as thread:
        yield NetBox(thread.url, thread.token, is_fake=True)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.netbox)])
def netbox(request: pytest.FixtureRequest) -> NetBox:
    """Give the fake NetBox, then the real one: what a test says must hold for both."""
    found: NetBox = request.getfixturevalue(f"{request.param}_netbox")
    return found


@pytest.fixture(scope="session")
def fake_plugged() -> Iterator[NetBox]:
    """Run a fake NetBox that has the plugin netbox-proxbox."""
    with FakeNetBoxThread(plugins={"netbox_proxbox": "0.0.29.post6"}) as thread:
        yield NetBox(thread.url, thread.token, is_fake=True)


@pytest.fixture(params=["fake_plugged", pytest.param("real_netbox", marks=pytest.mark.netbox)])
def lab(request: pytest.FixtureRequest) -> Lab:
    """Give an empty lab in the fake NetBox with the plugin, then in the real one: that of the testbed has it."""
    return Lab(request.getfixturevalue(request.param))
