"""Validation: whether everything that a rule of `review` names exists, so that a typo is an error and not silence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from proxbox_plan.core.listed import listed
from proxbox_plan.core.patterns import pattern
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.model.kind_names import kind_meant
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import ReviewCondition
from proxbox_plan.policy.checks.vocabulary import Vocabulary

_NAMED: Final = 8  # names of a closed list in a message
_WRITING: Final = frozenset({Action.CREATE, Action.UPDATE, Action.ADOPT, Action.MOVE})
_Place = tuple[str | int, ...]


class NamedProblem(NamedTuple):
    """What is wrong with a name, and where in the condition it is."""

    place: _Place
    message: str


def problems_of(condition: ReviewCondition, vocabulary: Vocabulary, place: _Place = ()) -> Iterator[NamedProblem]:
    """Yield each name that does not exist, or cannot be together with the others."""
    for key, known in vocabulary.values.items():
        names = sorted(name for name in known if name is not None)
        for text in _texts(getattr(condition, key)):
            if not _fitting(text, names):
                meant = kind_meant(text, names) if key == "kind" else suggestion(text, names)
                yield NamedProblem((*place, key), f"unknown {key} '{text[:60]}'{meant or _instead(names)}")
    yield from _fields(condition, vocabulary, place)
    for number, other in enumerate(condition.any):
        yield from problems_of(other, vocabulary, (*place, "any", number))
    if condition.unless is not None:
        yield from problems_of(condition.unless, vocabulary, (*place, "unless"))


def _fields(condition: ReviewCondition, vocabulary: Vocabulary, place: _Place) -> Iterator[NamedProblem]:
    kinds = {kind for text in _texts(condition.kind) or ("*",) for kind in _fitting(text, vocabulary.fields)}
    fields = vocabulary.fields_of(kinds or vocabulary.fields)
    everywhere = vocabulary.fields_of(vocabulary.fields)
    for text in _texts(condition.field):
        if _fitting(text, fields):
            continue
        others = sorted(kind for field in _fitting(text, everywhere) for kind in vocabulary.kinds_with(field))
        if others:
            only = listed(list(dict.fromkeys(others)), _NAMED)
            message = f"never met: no {listed(sorted(kinds), _NAMED)} has a field '{text[:60]}', only {only}"
        else:
            message = f"no kind has a field '{text[:60]}'{suggestion(text, sorted(fields))}"
        yield NamedProblem((*place, "field"), message)
    actions = {name for text in _texts(condition.action) for name in _fitting(text, list(Action))}
    if condition.field is not None and actions and not actions & _WRITING:
        yield NamedProblem((*place, "field"), f"never met: to {' or '.join(sorted(actions))} writes no field")


def _texts(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given or ()


def _fitting(text: str, names: Collection[str]) -> list[str]:
    expression = pattern(text)
    return [name for name in names if expression.search(name)]


def _instead(names: Collection[str]) -> str:
    return f"; it is one of {listed(list(names), _NAMED)}"
