"""Explain: which rule gave what, and the user's mapping tests and check tests. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from proxbox_plan.config import Settings
from proxbox_plan.config.check_tests import read_check_tests
from proxbox_plan.config.mapping_tests import read_mapping_tests

if TYPE_CHECKING:
    from proxbox_plan.config.test_files import LocatedTest
    from proxbox_plan.model.policy.check_test import CheckTest
    from proxbox_plan.model.policy.explanation import Explanation
    from proxbox_plan.model.policy.mapping_test import MappingTest, Mismatch, TestResult
    from proxbox_plan.model.state import State


def explain(settings: Settings, state: State, name: str) -> tuple[Explanation, ...]:
    """Return what everything called `name` gets in NetBox, which rule gave each value, and why the others did not.

    `name` is a name, a vmid or a key of a guest, node or cluster; UsageError when the state has none of it.
    """
    from proxbox_plan.explain.explain import explain as explain_state  # noqa: PLC0415 # loads the whole mapping

    return explain_state(state, settings.policy, name, settings.where)


def run_mapping_tests(
    settings: Settings, config: Path | str = "proxbox.yaml", pattern: str | None = None
) -> tuple[TestResult, ...]:
    """Run every mapping test beside the configuration, or those of a glob, and return the results."""
    tests = read_mapping_tests(Path(config), pattern)
    if not tests:
        return ()
    # Loading the mapping takes longer than all else that `validate` does.
    from proxbox_plan.explain.mapping_tests import try_out  # noqa: PLC0415

    return tuple(_result("mapping", found, try_out(found.test, settings.policy)) for found in tests)


def run_check_tests(
    settings: Settings, config: Path | str = "proxbox.yaml", pattern: str | None = None
) -> tuple[TestResult, ...]:
    """Run every check test beside the configuration, or those of a glob, and return the results."""
    tests = read_check_tests(Path(config), pattern)
    if not tests:
        return ()
    from proxbox_plan.explain.check_tests import try_out  # noqa: PLC0415 # as above

    return tuple(_result("check", found, try_out(found.test, settings.policy)) for found in tests)


def _result(
    sort: Literal["mapping", "check"],
    found: LocatedTest[MappingTest] | LocatedTest[CheckTest],
    wrong: Sequence[Mismatch],
) -> TestResult:
    from proxbox_plan.model.policy.mapping_test import TestResult  # noqa: PLC0415 # as above
    from proxbox_plan.report.ci.test_results import failure_text  # noqa: PLC0415

    failures = tuple(failure_text(item, found.where(item.location)) for item in wrong)
    return TestResult(sort=sort, name=found.test.name, place=found.where(), failures=failures)
