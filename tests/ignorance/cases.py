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
from tests.ignorance.odd import odd
from tests.ignorance.pairs import pairs
from tests.ignorance.privileges import privileges
from tests.ignorance.whole import whole_answers
from tests.ignorance.wrong_types import fields_of, types
from tests.recordings import CLUSTER_9, NORD, STANDALONE

ALONE = (Sort.ANSWER, Sort.CONTENT, Sort.RIGHT)
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


def _types(recording: str) -> Iterator[Case]:
    """Give the values of another type; each field is tried on the first recording that has it."""
    earlier = RECORDINGS[: RECORDINGS.index(recording)]
    return types(estate(recording), elsewhere=frozenset({name for other in earlier for name in _fields(other)}))


@cache
def _fields(recording: str) -> frozenset[tuple[str, str]]:
    return fields_of(estate(recording))


def _rights(recording: str) -> Iterator[Case]:
    """Give the tokens that may see less: on the richest recordings all, on the others what is not tried there."""
    rich = (CLUSTER_9, NORD)
    others = [] if recording in rich else [*rich, *RECORDINGS[: RECORDINGS.index(recording)]]
    elsewhere = {name for other in others for name in _tokens(other)}
    return privileges(estate(recording), elsewhere=frozenset(elsewhere))


@cache
def _tokens(recording: str) -> frozenset[tuple[str, str]]:
    cases = privileges(estate(recording), elsewhere=frozenset())
    return frozenset((case.endpoint, case.fault) for case in cases if case.sampled)


def _odd(recording: str) -> Iterator[Case]:
    """Give what is odd."""
    return odd(estate(recording), estate(STANDALONE if recording != STANDALONE else NORD))


def _pairs(recording: str) -> Iterator[Case]:
    """Give two at once, out of all that is tried alone in every run."""
    alone = [case for sort in ALONE for case in cases_of(recording, sort, everything=False)]
    return pairs(estate(recording), alone)


_SORTS: Mapping[Sort, Callable[[str], Iterator[Case]]] = MappingProxyType(
    {
        Sort.ANSWER: _whole,
        Sort.CONTENT: _contents,
        Sort.TYPE: _types,
        Sort.ODD: _odd,
        Sort.RIGHT: _rights,
        Sort.PAIR: _pairs,
    }
)
SORTS = tuple(_SORTS)
