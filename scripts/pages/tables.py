"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one."""
    yield _row(head)
    yield _row(("---",) * len(head))
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def codes(values: Iterable[str], last: str = "or") -> str:
    """Return values as code in a sentence: `a`, `b` or `c`."""
    *first, end = [f"`{value}`" for value in values]
    return f"{', '.join(first)} {last} {end}" if first else end
