"""`./dev test` looks for a real NetBox only when a test that needs one can be meant."""

from __future__ import annotations

import pytest

from scripts.run_tests import may_match


@pytest.mark.parametrize("marks", ["not netbox", "not netbox and not slow", "slow and (browser and not netbox)"])
def test_marks_that_no_test_with_netbox_has(marks: str) -> None:
    """Nothing is collected for them a second time."""
    assert not may_match(f"({marks}) and netbox")


@pytest.mark.parametrize("marks", ["netbox", "slow", "not slow", "not netbox or slow", "slow(1)", "a b"])
def test_marks_that_one_may_have(marks: str) -> None:
    """What isn't understood is left to pytest."""
    assert may_match(f"({marks}) and netbox")
