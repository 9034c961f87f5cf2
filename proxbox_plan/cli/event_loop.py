"""Run what talks to NetBox, and return what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`, as `asyncio.run` would.

    When that ends, Python puts its handler for Ctrl-C away, and makes a text of it on the way: with the task in it, and
    the task's whole result. Of a large inventory that took seconds and hundreds of MiB, so the task has no result here.
    """
    found: list[T] = []

    async def main() -> None:
        found.append(await work)

    asyncio.run(main())
    return found[0]
