"""Everything the mapping says of netbox-proxbox, on the real one: equal to the source, and silent the second time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from tests.contract.client import NetBox
from tests.end_to_end.plugin_stage import Described, Recorded, differences, facts, plugin_stage
from tests.end_to_end.stage import REPOSITORY
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, STANDALONE, recording


@pytest.mark.netbox
@pytest.mark.slow
@pytest.mark.parametrize("name", [CLUSTER_9_ROOT, CLUSTER_9, CLUSTER_8, STANDALONE])
def test_a_recorded_cluster(tmp_path: Path, real_netbox: NetBox, name: str) -> None:
    """What the token may see is there, field by field; what it may not see is no failure."""
    source = Recorded(recording(name))
    with plugin_stage(tmp_path, real_netbox, source) as stage:
        stage.plan()
        stage.apply()
        assert differences(stage, source) == {}
        assert stage.plan().changes == ()
