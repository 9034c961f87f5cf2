"""Reports are compared with files that have the suffix a reader expects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

Stored = Callable[[str], SnapshotAssertion]


@pytest.fixture
def stored(snapshot: SnapshotAssertion) -> Stored:
    """Compare with `__snapshots__/.../NAME.SUFFIX`, as the text stands."""

    def of_suffix(suffix: str) -> SnapshotAssertion:
        class Report(SingleFileSnapshotExtension):
            file_extension = suffix
            _write_mode = WriteMode.TEXT

            def serialize(self, data: object, **_: object) -> str:
                return str(data)

        return snapshot.use_extension(Report)

    return of_suffix
