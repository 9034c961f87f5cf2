"""The user's mapping tests: read, tried, and their results with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.model.policy.mapping_test import TestResult


def run_mapping_tests(settings: Settings, config: Path, pattern: str | None) -> tuple[TestResult, ...]:
    """Try every mapping test against the configuration; contacts nothing."""
    from proxbox_plan.config.mapping_tests import read_mapping_tests

    tests = read_mapping_tests(config, pattern)
    if not tests:
        return ()
    from proxbox_plan.explain.mapping_tests import try_out
    from proxbox_plan.model.policy.mapping_test import TestResult
    from proxbox_plan.report.ci.mapping_tests import failure_text

    return tuple(
        TestResult(
            name=found.test.name,
            place=found.where(),
            failures=tuple(
                failure_text(item, found.where(item.location)) for item in try_out(found.test, settings.policy)
            ),
        )
        for found in tests
    )
