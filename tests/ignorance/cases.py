"""All cases there are, and those of every run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from tests.ignorance.answers import endpoint_of
from tests.ignorance.case import Case, Sort
from tests.ignorance.content import contents, names_of
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.privileges import privileges
from tests.ignorance.whole import whole_answers

EVERYTHING = os.environ.get("PROXBOX_IGNORANCE") == "all"


def cases_of(recording: str, sort: Sort, *, everything: bool = EVERYTHING) -> list[Case]:
    """Return the cases of one sort on one recording."""
    return [case for case in _SORTS[sort](recording) if everything or case.sampled]


def _whole(recording: str) -> Iterator[Case]:
    """Give the answers that don't come; each endpoint is tried in every way on the first recording that has it."""
    earlier = RECORDINGS[: RECORDINGS.index(recording)]
    tried = {endpoint_of(key) for name in earlier for key in estate(name).asked}
    own = {endpoint_of(key) for key in estate(recording).asked}
    return whole_answers(estate(recording), everywhere=frozenset(own - tried))


def _contents(recording: str) -> Iterator[Case]:
    """Give the answers that lack a part; each part is tried on the first recording that has one of its name."""
    earlier = RECORDINGS[: RECORDINGS.index(recording)]
    elsewhere = {name for other in earlier for name in _names(other)}
    return contents(estate(recording), elsewhere=frozenset(elsewhere))


@cache
def _names(recording: str) -> frozenset[tuple[str, str]]:
    return names_of(estate(recording))


def _rights(recording: str) -> Iterator[Case]:
    """Give the tokens that may see less."""
    return privileges(estate(recording))


_SORTS: Mapping[Sort, Callable[[str], Iterator[Case]]] = MappingProxyType(
    {Sort.ANSWER: _whole, Sort.CONTENT: _contents, Sort.RIGHT: _rights}
)
SORTS = tuple(_SORTS)
