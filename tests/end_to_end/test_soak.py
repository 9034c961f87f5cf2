"""Rounds of random changes on both sides: after each apply there is nothing left to do; `benchmarks/soak.py` at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soaking.day import Days
from benchmarks.soaking.world import a_world

ROUNDS = 8
GUESTS = 30


@pytest.mark.slow
@pytest.mark.parametrize("plugin", [False, True])
@pytest.mark.parametrize("seed", [2, 11])
def test_after_every_day_netbox_is_true(tmp_path: Path, seed: int, *, plugin: bool) -> None:
    """Whatever happened, collect, drift, plan and apply end well, and a second plan is empty (or SoakError says not)."""
    with a_world(seed, GUESTS, plugin=plugin) as world:
        days = Days(tmp_path, world, seed)
        days.begin()
        for _ in range(ROUNDS):
            days.round()
    assert days.tally.rounds == ROUNDS
    assert days.tally.planned > days.tally.happened
