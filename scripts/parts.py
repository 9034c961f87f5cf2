"""A third of what CI tries, another one after the next commit: three runs in a row try all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

VARIABLE = "PROXBOX_TEST_PART"  # a number: CI counts commits
PARTS = 3
T = TypeVar("T")


def part_of(values: Iterable[T], part: int) -> list[T]:
    """Return every third value; which is the first follows the number of the part."""
    return list(values)[part % PARTS :: PARTS]
