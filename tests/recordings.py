"""The recordings of the real API, where the tests find them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from proxbox_plan.demo.cluster import Recording

FOLDER = Path(__file__).parent / "data" / "recordings"
CLUSTER_9 = "pve-9.2-cluster-auditor"
CLUSTER_9_ROOT = "pve-9.2-cluster-root"
CLUSTER_8 = "pve-8.4-cluster-auditor"
STANDALONE = "pve-9.2-standalone-auditor"
NO_RIGHTS = "pve-9.2-cluster-norights"
NORD = "nord-9.2-cluster-auditor"
NORD_ONE_POOL = "nord-9.2-cluster-one-pool"
READABLE = (CLUSTER_9, CLUSTER_9_ROOT, CLUSTER_8, STANDALONE)


@cache
def recording(name: str) -> Recording:
    """Load a recording once."""
    return Recording.load(FOLDER / f"{name}.json.gz")
