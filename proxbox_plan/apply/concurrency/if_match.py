"""If-Match: the header by which NetBox compares an object with the plan in the write itself."""

from __future__ import annotations

from collections.abc import Iterable


def if_match(stamps: Iterable[str]) -> dict[str, str]:
    """Return the header for objects with these `last_updated`, in the order in which they are sent."""
    return {"If-Match": ", ".join(map(etag, stamps))}


def etag(last_updated: str) -> str:
    """Return the ETag NetBox gives an object, from the `last_updated` of a list row."""
    return f'W/"{last_updated.removesuffix("Z") + "+00:00" if last_updated.endswith("Z") else last_updated}"'
