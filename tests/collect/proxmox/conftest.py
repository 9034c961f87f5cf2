"""One server for all tests of a module: to start one takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from tests.collect.proxmox.renewed import Renewed, source_of


@pytest.fixture(scope="module")
def shared() -> Iterator[ClusterServer]:
    """Serve a cluster whose description is replaced for each test."""
    with ClusterServer(Renewed()) as running:
        yield running


@pytest.fixture
def lab(server: ClusterServer) -> ClusterDescription:
    """Return the description that the server of a module serves."""
    return source_of(server).description
