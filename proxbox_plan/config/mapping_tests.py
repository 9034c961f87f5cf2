"""Reads files of mapping tests, with the line of every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxbox_plan.config.test_files import LocatedTest, matching_files, read_tests, tests_schema

if TYPE_CHECKING:
    from proxbox_plan.model.policy.mapping_test import MappingTest

FOLDER: Final = "mapping-tests/*.yaml"


def read_mapping_tests(config: Path, pattern: str | None) -> tuple[LocatedTest[MappingTest], ...]:
    """Read the files that match `pattern`, by default those in `mapping-tests/` beside the configuration.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    files = matching_files(config, pattern, FOLDER)
    if not files:
        return ()
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # few configurations have mapping tests, and the import is slow

    return tuple(test for file in files for test in read_tests(file, MappingTests, "tests"))


def mapping_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of mapping tests."""
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # as above

    return tests_schema(MappingTests, "mapping tests")
