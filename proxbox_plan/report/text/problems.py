"""What a person must decide, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxbox_plan.model.problem import Problem
from proxbox_plan.report.messages import PROBLEMS
from proxbox_plan.report.text.layout import BLANK, Line, Span, line
from proxbox_plan.report.values import named, said


def problem_lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Yield each problem with what to do about it; nothing without problems."""
    if not problems:
        return
    yield line(Span("Problems", "red"))
    for problem in problems:
        yield line(f"{named(problem.address)}: {PROBLEMS[problem.code]}: {said(problem.message)}", indent=4)
        if problem.hint:
            yield line(f"Hint: {said(problem.hint)}", indent=8)
    yield BLANK
