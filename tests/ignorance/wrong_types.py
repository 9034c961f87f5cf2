"""Values of another type than Proxmox has there: what cannot be meant is not known."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.ignorance.answers import Answers, endpoint_of, ok
from tests.ignorance.case import Case, Sort
from tests.ignorance.content import Part, Step, parts_of
from tests.ignorance.estate import Estate
from tests.ignorance.whole import is_good

WRONG: tuple[object, ...] = (True, 1.5, [], {})
"""A number with a fraction is wrong where there is an integer, and a boolean where there is neither a 0 nor a 1."""
FRACTIONS = frozenset({"field local.rate"})
"""Fields that may have a fraction, and have none in the recordings."""


def types(estate: Estate, *, elsewhere: frozenset[tuple[str, str]]) -> Iterator[Case]:
    """Give every value of every answer in every wrong type.

    In every run the first field of each name is tried with one of them; names in `elsewhere` are tried on another
    recording.
    """
    seen = set(elsewhere)
    for key, part in _fields(estate):
        at = (endpoint_of(key), part.name)
        wrong = _wrong(part.name, _value(estate.answers[key].data, part.steps))
        first = zlib.crc32(repr(at).encode()) % len(wrong)
        for number, value in enumerate(wrong):
            yield Case(
                recording=estate.name,
                sort=Sort.TYPE,
                endpoint=endpoint_of(key),
                fault=f"{part.name} is {value!r}",
                where=f"{key} {'.'.join(map(str, part.steps))}",
                make=partial(_changed, estate, key, part.steps, value),
                sampled=at not in seen and number == first,
            )
        seen.add(at)


def fields_of(estate: Estate) -> frozenset[tuple[str, str]]:
    """Return endpoint and name of every field."""
    return frozenset((endpoint_of(key), part.name) for key, part in _fields(estate))


def _fields(estate: Estate) -> Iterator[tuple[str, Part]]:
    for key in estate.asked:
        if is_good(estate, key):
            for part in parts_of(estate.answers[key].data):
                if part.name.startswith("field ") and part.only is None and _is_scalar(estate.answers[key].data, part):
                    yield key, part


def _is_scalar(data: Any, part: Part) -> bool:
    return isinstance(_value(data, part.steps), str | int | float)


def _value(data: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        data = data[step]
    return data


def _wrong(name: str, value: object) -> list[object]:
    flag = value in (0, 1, "0", "1")
    whole = isinstance(value, int) and not isinstance(value, bool) and name not in FRACTIONS
    return [item for item in WRONG if not (item is True and flag) and not (item == 1.5 and not whole)]


def _changed(estate: Estate, key: str, steps: tuple[Step, ...], value: object) -> Answers:
    return {key: ok(_with(estate.answers[key].data, steps, value))}


def _with(data: Any, steps: tuple[Step, ...], value: object) -> Any:
    if not steps:
        return value
    copy = data.copy()
    copy[steps[0]] = _with(data[steps[0]], steps[1:], value)
    return copy
