"""Fixtures for all tests: documents are compared with files that a person can read."""

from __future__ import annotations

import pytest
from hypothesis import settings
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

# The same examples in every run: a test that fails only sometimes teaches nobody.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")


class TextFile(SingleFileSnapshotExtension):
    """One snapshot, one .txt file."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class MarkdownFile(TextFile):
    """One snapshot, one .md file."""

    file_extension = "md"


@pytest.fixture
def text_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare with `__snapshots__/.../NAME.txt`."""
    return snapshot.use_extension(TextFile)


@pytest.fixture
def markdown_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare with `__snapshots__/.../NAME.md`."""
    return snapshot.use_extension(MarkdownFile)
