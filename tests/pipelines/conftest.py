"""The stages of the end-to-end tests, with a forge around them and a `proxbox` that starts quickly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import fake, set_up
from tests.pipelines.forks import forking

__all__ = ["fake", "set_up"]


@pytest.fixture(scope="session")
def proxbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the text of the command that the runners call."""
    with forking(tmp_path_factory.mktemp("forks")) as text:
        yield text
