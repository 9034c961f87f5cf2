"""One property, many cases: every case is tried, and all that fail are told, each with what it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import pytest


def sample(values: Iterable[Any], *, quick: int = 1) -> list[Any]:
    """Return the values that a test is tried with: the first ones as they are, and the others, as slow, for CI."""
    return [value if place < quick else for_ci(value) for place, value in enumerate(values)]


def for_ci(value: Any) -> Any:
    """Return a value as slow."""
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow)


class Cases:
    """`with Cases() as case:` around the loop, `with case(value):` around what must hold for each value."""

    def __init__(self) -> None:
        """Start without a failure."""
        self._tried = 0
        self._failures: list[Exception] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Fail with all cases that failed; with none tried, too: such a test could not fail."""
        if error is not None:
            return
        assert self._tried, "no case was tried"
        if self._failures:
            raise ExceptionGroup(f"{len(self._failures)} of {self._tried} cases fail", self._failures)

    @contextmanager
    def __call__(self, *what: object) -> Iterator[None]:
        """Try one case, and remember its failure."""
        self._tried += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001  # told at the end, with the others
            error.add_note(f"case: {', '.join(map(repr, what))}"[:300])
            self._failures.append(error)
