"""Splits filters of many values so that each request is short enough for every server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote_plus

Query = Mapping[str, str | int | Sequence[str]]

MOST_VALUES = 50
LONGEST_QUERY = 1500
"""Bytes. gunicorn takes a request line of 4,094; uWSGI, as NetBox ships it, 4,096 for all headers, with the query in
two of them."""
LONG = 1000
"""Bytes of a query or a header that may be what a server does not take."""
_OTHERS = 400  # bytes of a query that say what else is asked: fields, page
_PLAIN = "/:?@!$'()*,"  # sent as they are

Item = TypeVar("Item")


def chunks(name: str, values: Iterable[str]) -> Iterator[list[str]]:
    """Yield the values of one filter in chunks, none empty."""
    yield from parted(values, lambda value: len(name) + size(value) + 2, MOST_VALUES, LONGEST_QUERY - _OTHERS)


def size(text: str) -> int:
    """Return how many bytes a text is in a query."""
    return len(quote_plus(text, safe=_PLAIN))


def query_size(query: Query | None) -> int:
    """Return how many bytes a query is."""
    pairs = [(name, text) for name, value in (query or {}).items() for text in _texts(value)]
    return sum(size(name) + size(text) + 2 for name, text in pairs)


def halves(query: Query | None) -> tuple[Query, ...]:
    """Return a query as two, each with half of the values of its longest filter; none when no filter has two."""
    lists = {
        name: value for name, value in (query or {}).items() if not isinstance(value, str | int) and len(value) > 1
    }
    if query is None or not lists:
        return ()
    name = max(lists, key=lambda name: len(lists[name]))
    middle = len(lists[name]) // 2
    return {**query, name: lists[name][:middle]}, {**query, name: lists[name][middle:]}


def _texts(value: str | int | Sequence[str]) -> Sequence[str]:
    return (str(value),) if isinstance(value, str | int) else value


def parted(
    items: Iterable[Item], size_of: Callable[[Item], int], most: int, longest: int = LONGEST_QUERY
) -> Iterator[list[Item]]:
    """Yield groups of items, each fitting one request and of at `most` so many; a longer item is alone."""
    part: list[Item] = []
    length = 0
    for item in items:
        added = size_of(item)
        if part and (len(part) == most or length + added > longest):
            yield part
            part, length = [], 0
        part.append(item)
        length += added
    if part:
        yield part
