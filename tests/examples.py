"""How many examples a property is tried with: as many as CI has time for, fewer while a person waits."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("PROXBOX_TEST_THOROUGH") == "1"
EXHAUSTIVE = os.environ.get("PROXBOX_TEST_EXHAUSTIVE") == "1"  # what CI tries a part of
RANDOM = os.environ.get("PROXBOX_TEST_RANDOM") == "1"  # other examples in every run
FEWEST = 5


def examples(number: int) -> int:
    """Return the number of examples: all in CI, a tenth of them otherwise."""
    return number if THOROUGH else max(FEWEST, number // 10)
