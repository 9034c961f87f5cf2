"""The state of the recorded clusters, as files a person can read."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.demo.cluster import ClusterServer
from tests.recordings import CLUSTER_9, STANDALONE, recording


class StateFile(SingleFileSnapshotExtension):
    """One `.json` file per snapshot, as the text stands."""

    file_extension = "json"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        """Keep the document's own text."""
        return str(data)


@pytest.mark.parametrize("name", [CLUSTER_9, STANDALONE])
def test_the_state_of_a_recorded_cluster(name: str, snapshot: SnapshotAssertion) -> None:
    """Every byte of it; the digest and the tool's version have tests of their own."""
    with ClusterServer(recording(name)) as server:
        state = collect([server.connection("lab")])
    stable = state.model_copy(update={"tool_version": "", "digest": "", "collected": {}})
    assert stable.to_json() == snapshot(extension_class=StateFile)
