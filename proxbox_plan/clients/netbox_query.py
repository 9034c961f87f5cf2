"""Filters of many values, parted so that each request's line is short enough for every server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

MOST_VALUES = 50
LONGEST_QUERY = 3000  # bytes; gunicorn refuses a request line of more than 4,094


def chunks(name: str, values: Iterable[str]) -> Iterator[list[str]]:
    """Yield the values of one filter in parts, none empty."""
    chunk: list[str] = []
    length = 0
    for value in values:
        size = len(name) + len(quote(value, safe="")) + 2
        if chunk and (len(chunk) == MOST_VALUES or length + size > LONGEST_QUERY):
            yield chunk
            chunk, length = [], 0
        chunk.append(value)
        length += size
    if chunk:
        yield chunk
