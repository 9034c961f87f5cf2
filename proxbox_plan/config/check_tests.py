"""Reads files of check tests, with the line of every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxbox_plan.config.test_files import LocatedTest, read_matching, tests_schema

if TYPE_CHECKING:
    from proxbox_plan.model.policy.check_test import CheckTest, CheckTests

FOLDER: Final = "check-tests/*.yaml"


def read_check_tests(config: Path, pattern: str | None) -> tuple[LocatedTest[CheckTest], ...]:
    """Read the files that match `pattern`, by default those in `check-tests/` beside the configuration.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    return read_matching(config, pattern, FOLDER, _model, "check-tests")


def check_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of check tests."""
    return tests_schema(_model(), "check tests")


def _model() -> type[CheckTests]:
    from proxbox_plan.model.policy.check_test import CheckTests  # noqa: PLC0415 # few configurations have check tests

    return CheckTests
