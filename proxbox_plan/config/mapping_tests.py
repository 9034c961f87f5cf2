"""Reads files of mapping tests, with the line of every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxbox_plan.config.test_files import LocatedTest, read_matching, tests_schema

if TYPE_CHECKING:
    from proxbox_plan.model.policy.mapping_test import MappingTest, MappingTests

FOLDER: Final = "mapping-tests/*.yaml"


def read_mapping_tests(config: Path, pattern: str | None) -> tuple[LocatedTest[MappingTest], ...]:
    """Read the files that match `pattern`, by default those in `mapping-tests/` beside the configuration.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    return read_matching(config, pattern, FOLDER, _model, "tests")


def mapping_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of mapping tests."""
    return tests_schema(_model(), "mapping tests")


def _model() -> type[MappingTests]:
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # few configurations have mapping tests

    return MappingTests
