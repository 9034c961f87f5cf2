"""Splits filters of many values so that each request line is short enough for every server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote

MOST_VALUES = 50
LONGEST_QUERY = 3000  # bytes; gunicorn refuses a request line of more than 4,094

Item = TypeVar("Item")


def chunks(name: str, values: Iterable[str]) -> Iterator[list[str]]:
    """Yield the values of one filter in chunks, none empty."""
    yield from parted(values, lambda value: len(name) + len(quote(value, safe="")) + 2, MOST_VALUES)


def parted(
    items: Iterable[Item], size: Callable[[Item], int], most: int, longest: int = LONGEST_QUERY
) -> Iterator[list[Item]]:
    """Yield groups of items, each fitting one request line and of at `most` so many; a longer item is alone."""
    part: list[Item] = []
    length = 0
    for item in items:
        added = size(item)
        if part and (len(part) == most or length + added > longest):
            yield part
            part, length = [], 0
        part.append(item)
        length += added
    if part:
        yield part
