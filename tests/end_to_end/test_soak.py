"""Random changes on both sides, day after day, leave nothing to do; `benchmarks/soak.py` does it at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soaking.day import Days
from benchmarks.soaking.world import a_world
from tests.examples import THOROUGH

ROUNDS = 6 if THOROUGH else 3
GUESTS = 30


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "plugin"), [(11, False), (2, True)])
def test_after_every_day_netbox_is_true(tmp_path: Path, seed: int, *, plugin: bool) -> None:
    """Whatever happened, every command ends well and a second plan is empty: SoakError says where it does not."""
    with a_world(seed, GUESTS, plugin=plugin) as world:
        days = Days(tmp_path, world, seed)
        days.begin()
        for _ in range(ROUNDS):
            days.round()
    assert days.tally.rounds == ROUNDS
    assert days.tally.planned > days.tally.happened
