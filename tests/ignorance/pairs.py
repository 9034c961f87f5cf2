"""Two things taken away at once: what one of them keeps from happening, the other must not let happen."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from tests.ignorance.answers import Answers
from tests.ignorance.case import Case, Sort
from tests.ignorance.estate import Estate

SEED = 20_261_129
IN_EVERY_RUN = 12
AT_ALL = 600


@dataclass(frozen=True)
class Pair(Case):
    """Two cases at once."""

    parts: tuple[Callable[[], tuple[str, ...]], ...] = ()
    """Give what each of them changes alone."""

    def breaks(self, changes: Iterable[str]) -> list[str]:
        """Return what neither of the two changes alone."""
        found = super().breaks(changes)
        return [name for name in found if not any(name in part() for part in self.parts)]


def pairs(estate: Estate, alone: Sequence[Case]) -> Iterator[Case]:
    """Give pairs of cases, the same each time; what one of the two changes by itself is not held against them."""
    chance = random.Random(SEED)  # noqa: S311  # the same in every run

    @cache
    def changes(place: int) -> tuple[str, ...]:
        return tuple(estate.judge(alone[place].make()).changes)

    drawn = (sorted(chance.sample(range(len(alone)), 2)) for _ in itertools.count())
    fitting = (places for places in drawn if _go_together(*(alone[place] for place in places)))
    for number, (first, second) in enumerate(itertools.islice(fitting, AT_ALL)):
        pair = (alone[first], alone[second])
        yield Pair(
            recording=estate.name,
            sort=Sort.PAIR,
            endpoint=" + ".join(case.endpoint for case in pair),
            fault=" + ".join(case.fault for case in pair),
            where=" + ".join(case.where for case in pair),
            make=partial(_both, *pair),
            sampled=number < IN_EVERY_RUN,
            parts=(partial(changes, first), partial(changes, second)),
        )


def _go_together(first: Case, second: Case) -> bool:
    """Whether two cases can be put together: what is missing from an answer is not known for a token that sees less."""
    return Sort.RIGHT not in {first.sort, second.sort} or Sort.ANSWER in {first.sort, second.sort}


def _both(first: Case, second: Case) -> Answers:
    # Rights are given as answers to everything: what fails beside them must come last.
    ordered = sorted((first, second), key=lambda case: case.sort is not Sort.RIGHT)
    return {**ordered[0].make(), **ordered[1].make()}
