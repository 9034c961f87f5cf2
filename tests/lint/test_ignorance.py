"""Ignorance is no finding: whatever is taken away from an estate, nothing is found that was not found before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import pytest

from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.lint import make_lint
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.state import State
from tests.ignorance.case import Case
from tests.ignorance.cases import EVERYTHING
from tests.ignorance.content import contents
from tests.ignorance.estate import POLICY, Estate
from tests.ignorance.estates import estate
from tests.ignorance.privileges import privileges
from tests.ignorance.whole import whole_answers
from tests.lint.recorded import BIG, COLLECTED, SEEDS, clean, inventory
from tests.recordings import CLUSTER_8, NORD

Found = frozenset[tuple[str, str, str]]
NONE: frozenset[str] = frozenset()


def _seeded() -> Estate:
    answers = clean()
    for _, _, seed in SEEDS:
        seed(answers)
    return Estate("seeded", answers.of[BIG])


ESTATES: dict[str, Callable[[], Estate]] = {
    CLUSTER_8: lambda: estate(CLUSTER_8),
    NORD: lambda: estate(NORD),
    "clean": lambda: Estate("clean", clean().of[BIG]),
    "seeded": _seeded,
}
SORTS: dict[str, Callable[[Estate], Iterable[Case]]] = {
    "answers": lambda whole: whole_answers(whole, everywhere=frozenset(whole.asked)),
    "contents": lambda whole: contents(whole, elsewhere=frozenset()),
    "rights": lambda whole: privileges(whole, elsewhere=frozenset()),
}
EACH = [name if name == "clean" else pytest.param(name, marks=pytest.mark.slow) for name in ESTATES]
_made = cache(lambda name: ESTATES[name]())


def _found(state: State) -> Found:
    lint = make_lint(state.remade(collected={BIG: COLLECTED}), LintSettings(), POLICY, inventory(11))
    return frozenset((one.rule, one.address, one.part) for one in lint.findings)


@pytest.mark.slow
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", EACH)
def test_nothing_is_found_that_was_not_found_with_full_knowledge(name: str, sort: str) -> None:
    """An answer that does not come, one that lacks a part, and a token that may see less."""
    whole = _made(name)
    before = _found(whole.state)
    tried, new = 0, []
    for case in SORTS[sort](whole):
        if not (case.sampled or EVERYTHING):
            continue
        try:
            found = _found(whole.collect(case.make()))
        except ProxboxError:  # nothing is collected, and the user is told why
            continue
        tried += 1
        new += [(case.endpoint, case.fault, case.where, *one) for one in sorted(found - before)]
    assert tried > 10
    assert new == []
