"""Listed: the first few of many names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str], most: int = 3, separator: str = ", ") -> str:
    """Return the first names, and how many more there are: `a, b, c and 4 more`."""
    more = len(names) - most
    return separator.join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
