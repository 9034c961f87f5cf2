"""Ignorance changes nothing: whatever is taken away, a NetBox that agreed is left as it is."""

from __future__ import annotations

import pytest

from tests.cases import sample
from tests.ignorance.case import Sort
from tests.ignorance.cases import EVERYTHING, SORTS, cases_of
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.known import compare, known
from tests.ignorance.trial import attempt
from tests.recordings import CLUSTER_8

LISTED = known(everything=EVERYTHING)
QUICK = CLUSTER_8  # a cluster with several nodes, and few cases: the others are tried in CI
EACH = [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in RECORDINGS]


@pytest.mark.parametrize("name", EACH)
def test_a_netbox_that_agrees_is_left_as_it_is(name: str) -> None:
    """With all answers there is nothing to do; without this nothing else would show anything."""
    assert not estate(name).judge({}).violates


@pytest.mark.parametrize("sort", sample(SORTS))
@pytest.mark.parametrize("name", EACH)
def test_ignorance_changes_nothing(name: str, sort: Sort) -> None:
    """No plan holds a change that is not on the list, and the list holds none that is not planned any more."""
    cases = cases_of(name, sort)
    found = attempt(cases)
    listed = {group: changes for group, changes in LISTED.items() if group[:2] == (name, sort)}
    lines = compare(found, listed)
    assert not lines, f"{len(cases)} cases\n" + "\n".join(lines)


def test_the_list_holds_only_what_is_tried() -> None:
    """An entry of a recording or sort that is not tried any more would stay for ever."""
    assert {group[:2] for group in LISTED} <= {(name, sort) for name in RECORDINGS for sort in SORTS}
