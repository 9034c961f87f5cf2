"""Groups of changes that have to do with each other, of plans of any size."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from proxbox_plan.policy.review.together import _Groups


class Counted(dict[object, object]):
    """A dict that counts how often it is asked."""

    asked = 0

    def get(self, name: object, other: object = None) -> object:
        """Count, and answer."""
        self.asked += 1
        return super().get(name, other)


@pytest.mark.parametrize("shape", ["a chain", "all on one"])
def test_a_great_plan_takes_no_more_steps_for_a_change_than_a_small_one(shape: str) -> None:
    """However its changes depend on each other, and whichever is asked for first."""
    for joins_backward, joins_turned, asks_backward in product((False, True), repeat=3):
        steps: list[float] = []
        for size in (500, 8_000):
            groups = _Groups(above := Counted())
            pairs = list(pairwise(range(size))) if shape == "a chain" else [(0, number) for number in range(1, size)]
            for one, other in reversed(pairs) if joins_backward else pairs:
                groups.join(other, one) if joins_turned else groups.join(one, other)
            asked = reversed(range(size)) if asks_backward else range(size)
            assert len({groups.root(number) for number in asked}) == 1
            steps.append(above.asked / size)
        small, great = steps
        assert great < 2 * small, (joins_backward, joins_turned, asks_backward)
