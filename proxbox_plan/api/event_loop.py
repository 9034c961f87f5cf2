"""Event loop: runs what talks to NetBox, and returns what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from proxbox_plan.api.cancellation import CanceledError, Cancellation

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], cancellation: Cancellation | None = None) -> T:
    """Return the result of `work`, as `asyncio.run` would; CanceledError when it was canceled.

    When that ends, Python puts its handler for Ctrl-C away, and makes a text of it on the way: with the task in it, and
    the task's whole result. Of a large inventory that took seconds and hundreds of MiB, so the task has no result here.
    """
    found: list[T] = []

    async def main() -> None:
        if cancellation is not None:
            task, loop = asyncio.current_task(), asyncio.get_running_loop()
            if task is not None:
                cancellation.on_cancel(lambda _reason: loop.call_soon_threadsafe(task.cancel))
        found.append(await work)

    try:
        asyncio.run(main())
    except asyncio.CancelledError:
        if cancellation is None or not cancellation.reason:
            raise
        raise CanceledError(cancellation.reason) from None
    return found[0]
