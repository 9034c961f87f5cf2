"""What a command waits for: its result comes back as it is, and is never turned into text."""

from __future__ import annotations

import asyncio

import pytest

from proxbox_plan.api.event_loop import run


class Large:
    """Something whose text takes long to make."""

    def __init__(self) -> None:
        """Without a request."""
        self.asked = 0

    def __repr__(self) -> str:
        """Count who asks: an error would be swallowed."""
        self.asked += 1
        return "large"


def test_nobody_asks_for_the_text_of_a_result() -> None:
    """`asyncio.run` does when it ends: see `proxbox_plan/cli/event_loop.py`."""
    large = Large()

    async def work() -> Large:
        await asyncio.sleep(0)
        return large

    assert run(work()) is large
    assert large.asked == 0


def test_what_goes_wrong_is_raised() -> None:
    """An error and a cancellation come out as they went in."""

    async def fail() -> None:
        raise LookupError

    async def canceled() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    with pytest.raises(LookupError):
        run(fail())
    with pytest.raises(asyncio.CancelledError):
        run(canceled())
