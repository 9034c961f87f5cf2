"""A stage for each NetBox: the fake one, and the real one emptied before every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, Recording
from proxbox_plan.demo.netbox import FakeNetBox, FakeNetBoxThread
from proxbox_plan.demo.netbox.versions import NEWEST_RELEASE, RELEASES
from tests import netbox_graphql
from tests.cases import sample
from tests.end_to_end.settled import SettledNetBoxes
from tests.end_to_end.stage import Stage
from tests.netbox_requests import hold
from tests.testbed_command import run_testbed

Source = ClusterDescription | Recording
SetUp = Callable[[Source], Stage]


FAKE = "fake"
NETBOXES = [FAKE, pytest.param("real", marks=pytest.mark.netbox)]
OLDER = [release for release in RELEASES.values() if release != NEWEST_RELEASE]

on_older_versions = pytest.mark.parametrize("set_up", sample(OLDER), indirect=True)
"""Marks a story that runs on the fake NetBox of each older version."""
on_each_version = pytest.mark.parametrize(
    "set_up", [*NETBOXES, *(pytest.param(release, marks=pytest.mark.slow) for release in OLDER)], indirect=True
)
"""Marks a story that runs on the NetBoxes of all stories, and on the fake one of each older version."""


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[tuple[SetUp, FakeNetBoxThread]]:
    """Give a way to set up a stage on a new fake NetBox, and that NetBox."""
    with ExitStack() as stack:
        netbox = stack.enter_context(FakeNetBoxThread(graphql=netbox_graphql.answer))
        yield lambda source: _stage(stack, tmp_path, netbox.url, netbox.token, source, netbox.fake), netbox
        hold(netbox.fake)


@pytest.fixture(params=NETBOXES)
def set_up(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SetUp]:
    """Give a way to set up a stage, on the fake NetBox and then on the real one."""
    with ExitStack() as stack:
        if request.param == "real":
            url, token = _emptied(request)
            settled: SettledNetBoxes = request.getfixturevalue("settled_netboxes")
            yield lambda source: replace(_stage(stack, tmp_path, url, token, source), settled=settled)
            return
        release = NEWEST_RELEASE if request.param == FAKE else request.param
        netbox = stack.enter_context(FakeNetBoxThread(release, graphql=netbox_graphql.answer))
        yield lambda source: _stage(stack, tmp_path, netbox.url, netbox.token, source, netbox.fake)
        hold(netbox.fake)


def _stage(
    stack: ExitStack, folder: Path, url: str, token: str, source: Source, fake: FakeNetBox | None = None
) -> Stage:
    return Stage(folder, url, token, stack.enter_context(ClusterServer(source)), fake=fake)


def _emptied(request: pytest.FixtureRequest) -> tuple[str, str]:
    found = request.getfixturevalue("real_netbox")
    run_testbed("reset")
    return found.url, found.token
