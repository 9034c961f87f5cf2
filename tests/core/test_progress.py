from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, call

from proxbox_plan.core.progress import OneAtATime, Progress


def tell(progress: Progress, result: Any) -> None:
    """Say everything that can be said."""
    progress.started(2)
    progress.advanced("pve1")
    progress.finished(result)
    progress.waiting("the lock")


def test_every_call_is_passed_on() -> None:
    """In its order, with what it said."""
    listener, result = Mock(spec=Progress), SimpleNamespace(name="web")
    tell(OneAtATime(listener), result)
    assert listener.mock_calls == [
        call.started(2),
        call.advanced("pve1"),
        call.finished(result),
        call.waiting("the lock"),
    ]


def test_without_a_listener_nothing_happens() -> None:
    """Whoever works need not know whether anybody listens."""
    tell(OneAtATime(None), SimpleNamespace(name="web"))
