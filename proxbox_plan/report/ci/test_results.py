"""Results of mapping tests and check tests: as text, and as JUnit XML for a CI dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from proxbox_plan.report.values import named, said, shown

if TYPE_CHECKING:
    from proxbox_plan.model.policy.mapping_test import Mismatch, TestResult


def failure_text(mismatch: Mismatch, where: str) -> str:
    """Return a mismatch in one line, with its place."""
    if mismatch.message:
        return f"{where}: {said(mismatch.message)}"
    field = named(str(mismatch.location[-1]))
    return f"{where}: {field}: expected {shown(mismatch.expected)}, got {shown(mismatch.got)}"


def text(results: Sequence[TestResult]) -> str:
    """Return the failures, and how many tests passed."""
    lines = [line for result in results if result.failures for line in _failed(result)]
    sorts = dict.fromkeys(result.sort for result in results)
    lines += [_count(sort, [result for result in results if result.sort == sort]) for sort in sorts]
    return "\n".join(lines) + "\n"


def _count(sort: str, results: Sequence[TestResult]) -> str:
    failed = sum(bool(result.failures) for result in results)
    tests = f"{len(results)} {sort} test{'' if len(results) == 1 else 's'}"
    return f"{tests}: {len(results) - failed} passed, {failed} failed."


def _failed(result: TestResult) -> Iterator[str]:
    yield f"FAILED {named(result.place)}: {named(result.name)}"
    yield from (f"    {line}" for line in result.failures)


def junit(results: Iterable[TestResult]) -> str:
    """Return the results as JUnit XML, a suite for each file."""
    from proxbox_plan.report.ci.junit import FAILED, PASSED, Case, document  # noqa: PLC0415 # all reports come with it

    def case(result: TestResult) -> Case:
        suite = result.place.rpartition(":")[0]
        return Case(suite, result.name, FAILED if result.failures else PASSED, result.sort, result.failures)

    return document("validate", map(case, results))
