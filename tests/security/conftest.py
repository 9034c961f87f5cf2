"""The stages of the end-to-end tests, for tests that attack them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import fake, set_up
from tests.end_to_end.stage import Stage
from tests.security.planted import NETBOX_V2, PROXMOX_SECRET, Planted, guarded_cluster

__all__ = ["Plant", "fake", "plant", "set_up"]

Plant = Callable[..., Planted]


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """Give a way to build a stage whose every secret can be found again."""
    with ExitStack() as stack:

        def build(token: str = NETBOX_V2) -> Planted:
            netbox = stack.enter_context(FakeNetBoxThread(token=token))
            server = ClusterServer(guarded_cluster())
            server.token_secret = PROXMOX_SECRET
            proxmox = stack.enter_context(server)
            return Planted(Stage(tmp_path, netbox.url, token, proxmox), netbox.fake)

        yield build
