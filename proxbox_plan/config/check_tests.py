"""Reads files of check tests, with the line of every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxbox_plan.config.test_files import LocatedTest, matching_files, read_tests, tests_schema

if TYPE_CHECKING:
    from proxbox_plan.model.policy.check_test import CheckTest

FOLDER: Final = "check-tests/*.yaml"


def read_check_tests(config: Path, pattern: str | None) -> tuple[LocatedTest[CheckTest], ...]:
    """Read the files that match `pattern`, by default those in `check-tests/` beside the configuration.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    files = matching_files(config, pattern, FOLDER)
    if not files:
        return ()
    from proxbox_plan.model.policy.check_test import CheckTests  # noqa: PLC0415 # few configurations have check tests

    return tuple(test for file in files for test in read_tests(file, CheckTests, "check-tests"))


def check_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of check tests."""
    from proxbox_plan.model.policy.check_test import CheckTests  # noqa: PLC0415 # as above

    return tests_schema(CheckTests, "check tests")
