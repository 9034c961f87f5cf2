"""The estates that are tried, each made once."""

from __future__ import annotations

from functools import cache

from tests.ignorance.answers import recorded
from tests.ignorance.estate import Estate
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, NORD, STANDALONE

RECORDINGS = (CLUSTER_9, STANDALONE, CLUSTER_8, NORD, CLUSTER_9_ROOT)


@cache
def estate(name: str) -> Estate:
    """Return the estate of a recording."""
    return Estate(name, recorded(name))
