"""Of many slow tests that are alike a run tries a third, and another third after the next commit; all on demand.

Alike are those of one function with other parameters: stories on each version, faults of each kind, every setting.
"""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

from scripts.parts import PARTS, VARIABLE, part_of
from tests.examples import EXHAUSTIVE

# How many are alike before some are omitted. A real NetBox takes half a second for each, and the embedded one does all.
LEAST = {"slow": PARTS, "netbox": 20}
PART = int(os.environ.get(VARIABLE, "0"))  # CI counts commits
T = TypeVar("T")


def a_part(values: Iterable[T]) -> tuple[T, ...]:
    """Return every third value, the first of which is another one after the next commit; all of them on demand."""
    return tuple(values if EXHAUSTIVE else part_of(values, PART))


def omitted(tests: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that another run tries; none of them reaches a branch that no other does."""
    families: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for test in () if EXHAUSTIVE else tests:
        if test.get_closest_marker("covering") is None:
            mark = next((name for name in LEAST if test.get_closest_marker(name) is not None), "")
            families[test.nodeid.partition("[")[0], mark].append(test)
    return {
        test
        for (name, mark), family in families.items()
        if mark and len(family) >= LEAST[mark]
        for test in _others(name, family)
    }


def _others(name: str, family: list[pytest.Item]) -> list[pytest.Item]:
    """Families begin at different places: no run omits one version, or one fault, in all of them."""
    first = PART + zlib.crc32(name.encode())
    return [test for place, test in enumerate(family) if (place - first) % PARTS]
