"""Answers of which a part is missing: all rows, one row, one field, or one option of a configuration line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.ignorance.answers import Answers, endpoint_of, ok
from tests.ignorance.case import Case, Sort
from tests.ignorance.contradictions import contradiction
from tests.ignorance.estate import Estate
from tests.ignorance.meaning import Means, meaning_of
from tests.ignorance.whole import is_good

Step = str | int
_SLOT = re.compile(r"^([a-z]+)\d+$")
_PLACE = re.compile(r"^/(vms|pool|storage|nodes)/.+$")
_PRIVILEGE = re.compile(r"^[A-Z]\w+(\.[A-Z]\w+)+$")
_LINES = re.compile(
    r"^((net|scsi|virtio|sata|ide|efidisk|tpmstate|mp|ipconfig)\d+|rootfs|agent|memory|location)$", re.ASCII
)
"""Keys whose values are lines of options."""


@dataclass(frozen=True)
class Part:
    """Part of an answer: how to get there, and what its absence is called."""

    steps: tuple[Step, ...]
    name: str
    only: str | None = None
    """Only this option of the line that stands there."""
    row: int | None = None
    """Place of the row it is, or that it is part of, in the list at the top."""


def parts_of(data: Any) -> Iterator[Part]:
    """Give every part of an answer."""
    yield from _inside(data, (), "", row=None)


def _inside(data: Any, steps: tuple[Step, ...], name: str, *, row: int | None) -> Iterator[Part]:
    if isinstance(data, list) and data:
        yield Part(steps, f"no rows in {name}" if name else "no rows", row=row)
        for number, item in enumerate(data):
            place = number if row is None else row
            named = ".".join(filter(None, (name, _class_of(item))))
            yield Part((*steps, number), f"row {named}".rstrip(), row=place)
            yield from _inside(item, (*steps, number), named, row=place)
    elif isinstance(data, dict) and data:
        if not steps or isinstance(steps[-1], str):
            yield Part(steps, f"no fields in {name}" if name else "no fields", row=row)
        for key, value in data.items():
            named = ".".join(filter(None, (name, _general(key))))
            yield Part((*steps, key), f"field {named}", row=row)
            yield from _inside(value, (*steps, key), named, row=row)
            if isinstance(value, str) and _LINES.match(key):
                for option in _options_of(value):
                    yield Part((*steps, key), f"option {named}:{_general(option)}", only=option, row=row)


def _class_of(item: Any) -> str:
    """Return what sort of row it is, where rows of one list differ in that; a task's does not matter."""
    kind = item.get("type") if isinstance(item, dict) and "upid" not in item else None
    if isinstance(item, dict) and item.get("name") == "current":
        return "current"
    return kind if isinstance(kind, str) else ""


def _general(key: str) -> str:
    """Return a key without the number or name that is in it."""
    slot = _SLOT.match(key)
    place = _PLACE.match(key)
    if _PRIVILEGE.match(key):
        return "privilege"
    return f"{slot[1]}N" if slot else f"/{place[1]}/X" if place else key


def _options_of(line: str) -> list[str]:
    return [key for key, equals, _ in (item.partition("=") for item in line.split(",")) if equals and key.strip()]


def without(data: Any, part: Part) -> Any:
    """Return an answer without one part; nothing else is copied."""
    if not part.steps:
        return type(data)()
    return _without(data, part.steps, part)


def _without(data: Any, steps: tuple[Step, ...], part: Part) -> Any:
    copy = data.copy()
    step = steps[0]
    if len(steps) > 1:
        copy[step] = _without(data[step], steps[1:], part)
    elif part.name.startswith("no "):
        copy[step] = type(data[step])()
    elif part.only is not None:
        items = [item for item in data[step].split(",") if item.partition("=")[0] != part.only]
        copy[step] = ",".join(items)
    else:
        del copy[step]
    return copy


def contents(estate: Estate, *, elsewhere: frozenset[tuple[str, str]]) -> Iterator[Case]:
    """Give every part of every answer whose absence proves nothing.

    In every run one part of each name is missing, the first there is, and the last row of a list; names in
    `elsewhere` are tried on another recording.
    """
    seen = set(elsewhere)
    for key, part, fault in _unknown(estate):
        name = (endpoint_of(key), fault)
        data = estate.answers[key].data
        last = len(part.steps) == 1 and isinstance(data, list) and part.row == len(data) - 1
        sampled = name not in seen or (last and name not in elsewhere and fault.startswith("row"))
        seen.add(name)
        steps = ".".join(map(str, part.steps))
        yield Case(
            recording=estate.name,
            sort=Sort.CONTENT,
            endpoint=endpoint_of(key),
            fault=fault,
            where=f"{key} {steps}{f':{part.only}' if part.only else ''}",
            make=partial(_lacking, estate, key, part),
            sampled=sampled,
        )


def names_of(estate: Estate) -> frozenset[tuple[str, str]]:
    """Return endpoint and fault of every case."""
    return frozenset((endpoint_of(key), fault) for key, _, fault in _unknown(estate))


def _unknown(estate: Estate) -> Iterator[tuple[str, Part, str]]:
    """Give the parts whose absence proves nothing: by the table, or because another answer contradicts it."""
    for key in estate.asked:
        if is_good(estate, key):
            for part in parts_of(estate.answers[key].data):
                against = contradiction(estate.answers, key, part.steps, part.name)
                if against:
                    yield key, part, f"{part.name}, {against}"
                elif meaning_of(endpoint_of(key), part.name).means is Means.UNKNOWN:
                    yield key, part, part.name


def _lacking(estate: Estate, key: str, part: Part) -> Answers:
    return {key: ok(without(estate.answers[key].data, part))}
